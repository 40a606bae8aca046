"""The process `collect` on a real broker: what devices, people and operators do to it in a day."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import pytest

from collector.commands import CommandState, Wish, issue_command, read_commands
from collector.inbox import Typed, outcome_of, submit_manual, submit_replay
from collector.journal import JournalReader, committed_position
from collector.ledger import read_ledger
from collector.quarantine import list_quarantine
from config.clock import DAY, MINUTE
from config.plant import PlantPoint
from tests.brokers import Embedded, Publisher
from tests.flow.collector_kit import Node


@pytest.fixture(scope="module")
def broker(tmp_path_factory) -> Iterator[Embedded]:
    running = Embedded(tmp_path_factory.mktemp("broker"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def node(broker, tmp_path_factory) -> Iterator[Node]:
    with Node(tmp_path_factory.mktemp("node"), broker.ports[4]) as node:
        node.start()
        node.until(node.listens)
        yield node


@pytest.fixture
def device(broker) -> Iterator[Publisher]:
    publisher = Publisher(broker.ports[4])
    yield publisher
    publisher.close()


@pytest.fixture
def heard(broker) -> Iterator[list[tuple[str, bytes]]]:
    """Everything that is published under any topic."""
    came: list[tuple[str, bytes]] = []
    listener = Publisher(broker.ports[4], "test-listener")
    subscribed: list[Any] = []
    listener.client.on_message = lambda *a: came.append((a[2].topic, a[2].payload))
    listener.client.on_subscribe = lambda *a: subscribed.append(a)
    listener.client.subscribe([("caretaker/#", 0), ("facility/#", 0)])
    while not subscribed:
        time.sleep(0.01)
    yield came
    listener.close()


def settable(node: Node) -> PlantPoint:
    return next(p for p in node.plant.points.values() if p.role == "setpoint" and p.type == "number")


def test_nothing_that_devices_send_stops_it_and_all_is_accounted_for(node, device):
    before = node.totals()
    one, two = node.numeric_points(2)
    now = time.time_ns() // 10**6
    topic, middle = f"facility/{one.asset}/telemetry".encode(), sum(one.plausible) / 2
    bad = {
        "unreadable": b"\x00 garbage",
        "from_the_future": orjson.dumps({"ts": now + DAY // 10**6, "values": {one.name: 1}}),
        "not_a_number": b'{"ts": %d, "values": {"%s": NaN}}' % (now, one.name.encode()),
        "wrong_type": orjson.dumps({"ts": now, "values": {one.name: "1"}}),
        "unknown_point": b'{"ts": %d, "values": {"%s": 1}}' % (now, b"x" * 10_000_000),
        "no_time": orjson.dumps({"values": {one.name: 1}}),
    }
    device.send((b"facility/north/nobody/telemetry", orjson.dumps({"ts": now, "values": {"x": 1}})))
    device.send(*[(topic, payload) for payload in bad.values()])
    good = (topic, orjson.dumps({"ts": now, "values": {one.name: middle}}))
    device.send(good, good, (f"facility/{two.asset}/telemetry".encode(), b"[]"))
    node.until(lambda: node.totals()["received"] - before["received"] == 10)
    change = {name: count - before[name] for name, count in node.totals().items()}
    assert change == {
        "received": 10,
        "stored": 1,
        "duplicate": 1,
        "quarantined": 8,
        "in_flight": 0,
        "missing": 0,
    }
    reasons = sorted(q["reason"] for q in list_quarantine(node.engine, limit=8))
    assert reasons == sorted([*bad, "unknown_device", "unreadable"])


def test_a_typed_value_is_taken_within_a_moment_and_a_refused_message_may_be_retried(node, device):
    point = node.numeric_points(3)[2]
    with node.engine.begin() as connection:
        typed = [Typed(point.id, time.time_ns(), sum(point.plausible) / 2)]
        request = submit_manual(connection, typed, "li", time.time_ns())
    node.until(lambda: outcome_of(node.engine, request), seconds=20)
    assert (outcome_of(node.engine, request) or {})["stored"] == 1
    device.send((f"facility/{point.asset}/telemetry".encode(), b"garbage"))
    node.until(lambda: list_quarantine(node.engine, device=None, limit=1)[0]["size"] == 7)
    newest = list_quarantine(node.engine, limit=1)[0]["id"]
    with node.engine.begin() as connection:
        again = submit_replay(connection, newest, "li", time.time_ns())
        never = submit_replay(connection, 10**6, "li", time.time_ns())
    node.until(lambda: outcome_of(node.engine, again) and outcome_of(node.engine, never))
    assert outcome_of(node.engine, again) == {"stored": 0, "left": 1, "reason": ""}
    assert (outcome_of(node.engine, never) or {})["reason"] == "unknown"


def test_a_setpoint_reaches_the_device_and_its_answer_the_operator(node, device, heard):
    point = settable(node)
    wish = Wish(point.asset, point.name, sum(point.plausible) / 2, "li", "by_hand", time.time_ns() + MINUTE)
    with node.engine.begin() as connection:
        command = issue_command(connection, node.plant, wish, time.time_ns(), lambda *_: None)
    node.until(lambda: any(t == f"facility/{point.asset}/set" for t, _ in heard))
    body = orjson.loads(next(p for t, p in heard if t == f"facility/{point.asset}/set"))
    assert (body["id"], body["point"]) == (command, point.name)
    device.send((f"facility/{point.asset}/ack".encode(), orjson.dumps({"id": command, "ok": True})))
    node.until(lambda: read_commands(node.engine, point.asset)[0]["state"] == CommandState.DONE)


def test_accepted_values_are_told_to_others_and_a_last_will_to_the_ledger(node, device, heard, broker):
    point = node.numeric_points(5)[4]
    site, _, name = point.id.partition("/")
    value = float(np.mean(point.plausible))
    now = time.time_ns() // 10**6
    device.send(
        (
            f"facility/{point.asset}/telemetry".encode(),
            orjson.dumps({"ts": now, "values": {point.name: value}}),
        )
    )
    node.until(lambda: any(t == f"caretaker/{site}/values" and name.encode() in p for t, p in heard))
    told = next(orjson.loads(p) for t, p in heard if t == f"caretaker/{site}/values" and name.encode() in p)
    assert told[name] == [now, value]

    publisher = node.plant.assets[point.asset].device
    topic = f"facility/{publisher}/status"
    mortal = Publisher(broker.ports[4], "mortal", topic=topic, payload=b"offline", qos=1, retain=True)
    mortal.send((topic.encode(), b"online"), retain=True)
    node.until(lambda: online(node, publisher) is True)
    mortal.drop()
    node.until(lambda: online(node, publisher) is False)


def online(node: Node, device: str) -> bool | None:
    return next((d["online"] for d in read_ledger(node.engine)["devices"] if d["device"] == device), None)


def test_a_full_journal_stops_acknowledging_says_so_and_loses_nothing(broker, tmp_path):
    small = {"CARETAKER_JOURNAL__MAX_BYTES": str(1 << 20), "CARETAKER_JOURNAL__SEGMENT_BYTES": str(1 << 16)}
    with Node(tmp_path, broker.ports[4], CARETAKER_MQTT__CLIENT_ID="test-full", **small) as node:
        node.start()
        node.until(node.listens)
        publisher = Publisher(broker.ports[4], "test-flood")
        point, now = node.numeric_points(1)[0], time.time_ns() // 10**6
        topic, count = f"facility/{point.asset}/telemetry".encode(), 120
        for n in range(count):
            moments = [
                {"ts": now - 300_000 + 1000 * n + i, "values": {point.name: sum(point.plausible) / 2}}
                for i in range(500)
            ]
            publisher.send((topic, orjson.dumps(moments)))
        node.until(lambda: "journal_full" in node.health()[1])
        held = node.totals()
        assert held["stored"] < count * 500
        assert (
            held["received"] == held["stored"] + held["duplicate"] + held["quarantined"] + held["in_flight"]
        )

        def read_on() -> bool:
            for name in ("store", "analytics"):
                reader = JournalReader(node.folder / "journal", name)
                reader.checkpoint(committed_position(node.folder / "journal"))
                reader.close()
            return node.totals()["stored"] == count * 500

        node.until(read_on)
        node.until(node.listens)
        assert node.totals()["in_flight"] == 0
        publisher.close()
