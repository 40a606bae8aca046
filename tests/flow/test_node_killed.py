"""A whole node whose parts are killed at random moments under load: nothing is lost, nothing is told twice
under two names, and every alarm is what it would have been."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import Engine, select

from analytics.alarms import tables
from analytics.alarms.identity import event_id
from analytics.alarms.service import AlarmService
from analytics.faults.diagnosis import Diagnosis
from analytics.pipeline import Pipeline
from api.accounts.passwords import Passwords
from api.accounts.service import Accounts
from api.accounts.tokens import Tokens
from api.audit import Caller
from api.notify.deliveries import waiting
from api.rights import Grant, Role
from collector.journal import JournalReader
from collector.ledger import read_ledger
from collector.stores import open_store
from config.clock import SECOND, WoundClock
from config.database import open_engine, upgrade
from config.loading import load_plant
from config.plant import Plant
from config.point_numbers import StoredNumbers
from config.settings import load_settings
from tests.flow.known_load import KnownLoad
from tests.flow.webhook_receiver import receiving
from tests.flow.whole_node import WholeNode, until

KILLS, SEED, SPEED = 20, 5, 5.0
KILLED = ("collect", "store", "analyse", "notify", "serve")
PAUSE_S = 0.15
BOTH_WAYS = ("oil_dangerous", "detector_fault", "valve_shut")
TOLD = {(rule, event) for rule in BOTH_WAYS for event in ("raised", "cleared")}
TOLD |= {("ch4_critical", "raised"), ("power_lost", "raised")}
Told = tuple[str, int, str, str, str, str, int]


def transitions(engine: Engine, end_ns: int) -> list[Told]:
    """What became of the alarms of equipment up to then: which, event, where to, when."""
    alarm, moved = tables.alarm.c, tables.alarm_transition.c
    columns = (alarm.id, moved.number, alarm.asset, alarm.rule, moved.event, moved.to_state, moved.at)
    query = (
        select(*columns)
        .join_from(tables.alarm, tables.alarm_transition, alarm.id == moved.alarm_id)
        # Devices that this test lets be silent all the time, and our own parts, have no readings.
        .where(alarm.site != "system", alarm.rule != "no_data", moved.at <= end_ns)
        .order_by(moved.at, alarm.id, moved.number)
    )
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def kill_again_and_again(node: WholeNode) -> Counter[str]:
    rng = np.random.default_rng(SEED)
    deaths: Counter[str] = Counter()
    for name in rng.permutation(KILLED * (KILLS // len(KILLED))).tolist():
        time.sleep(float(rng.uniform(0.1, 4.0)))
        victim = until(lambda name=name: node.children().get(name), f"{name} is not started again")
        victim.send_signal(signal.SIGKILL)
        deaths[name] += 1
    return deaths


def uninterrupted(folder: Path, plant: Plant, load: KnownLoad, clock: WoundClock, end_ns: int) -> list[Told]:
    """The alarms of the same readings when nobody is killed."""
    engine = open_engine(f"sqlite:///{folder}/calm.db")
    upgrade(engine)
    pipeline, alarms = Pipeline(plant, diagnosis=Diagnosis(plant)), AlarmService(engine, plant, clock)
    for batch in load.readings():
        changes = [*pipeline.take([batch]).changes, *pipeline.tick(batch.received_at)]
        alarms.apply(changes, batch.received_at)
        alarms.tick(batch.received_at)
    found = transitions(engine, end_ns)
    engine.dispose()
    return found


def over_rest(node: WholeNode, token: str, load: KnownLoad) -> Counter[tuple[str, int, float]]:
    """Point, time (ms) and value of every reading that the routes give."""
    times = [t // SECOND for t in load.sent]
    asked: dict[str, Any] = {
        "point": [p.id for p in load.points],
        "start": (min(times) - 1) * 1000,
        "end": (max(times) + 2) * 1000,
        "limit": 5000,
    }
    found: Counter[tuple[str, int, float]] = Counter()
    with httpx.Client(timeout=60, headers={"Authorization": f"Bearer {token}"}) as client:
        while True:
            answer = client.get(f"{node.address}/api/v1/readings", params=asked)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            for item in page["items"]:
                ms = round(datetime.fromisoformat(item["time"]).timestamp() * 1000)
                found[item["point"], ms, item["value"]] += 1
            if page["next"] is None:
                return found
            asked["cursor"] = page["next"]


def journaled(folder: Path) -> list[tuple[int, int]]:
    reader = JournalReader(folder / "journal", None)
    keys: list[tuple[int, int]] = []
    while entries := reader.read():
        for entry in entries:
            keys += zip(entry.readings.point.tolist(), entry.readings.time.tolist(), strict=True)
    assert reader.take_damage() == []
    reader.close()
    return keys


def events(engine: Engine) -> set[str]:
    """The events that people should have been told of."""
    moved = tables.alarm_transition.c
    query = select(moved.alarm_id, moved.number).where(moved.quiet.is_(None))
    with engine.connect() as connection:
        return {event_id(row.alarm_id, row.number) for row in connection.execute(query)}


@pytest.mark.prove
def test_killed_twenty_times_under_load_the_node_is_what_it_would_have_been(tmp_path: Path) -> None:
    now = time.time_ns()
    clock = WoundClock(now, now, SPEED)
    with receiving() as hook:
        hooks = json.dumps([{"name": "test", "url": hook.url}])
        variables = {"CARETAKER_CLOCK": clock.environment(), "CARETAKER_NOTIFY__WEBHOOKS": hooks}
        node = WholeNode(tmp_path / "node", **variables)
        settings = load_settings(node.environment)
        engine = open_engine(settings)
        upgrade(engine)
        plant = load_plant(settings, StoredNumbers(engine))
        by_test = Caller("test", "127.0.0.1")
        Accounts(engine, clock, Passwords()).create(by_test, "reader", None, [Grant(Role.MANAGER)])
        token = Tokens(engine, clock).create(by_test, "reader", "test")
        with node:
            until(node.alive, "the node does not come up", pause=0.3)
            load = KnownLoad(node.mqtt, plant, clock, PAUSE_S)
            load.start()
            try:
                deaths = kill_again_and_again(node)
            finally:
                load.finish()
            assert deaths == dict.fromkeys(KILLED, 4)
            until(node.alive, "the node does not come up again", pause=0.3)
            expected = load.expected()

            def settled() -> bool:
                totals = read_ledger(engine)
                return totals["stored"] == len(expected) and totals["in_flight"] == 0

            until(settled, f"not stored: {read_ledger(engine)}", seconds=30, pause=0.3)
            end_ns = max(load.sent)
            calm = uninterrupted(tmp_path, plant, load, clock, end_ns)
            until(lambda: len(transitions(engine, end_ns)) >= len(calm), "alarms are missing", 10, 0.3)
            until(lambda: waiting(engine) == 0, "not all was told", 60, 0.3)
            names = {p.number: p.id for p in load.points}
            once = {(names[point], at // 10**6, value): 1 for (point, at), value in expected.items()}
            assert over_rest(node, token, load) == once
            node.stop()
        assert not node.left()
        totals = read_ledger(engine)
        kept = totals["stored"] + totals["duplicate"] + totals["quarantined"] + totals["in_flight"]
        assert totals["received"] == kept
        assert (totals["stored"], totals["quarantined"]) == (len(expected), 0)
        keys = journaled(settings.data_dir)
        assert len(keys) == len(set(keys))
        assert set(keys) == set(expected)
        numbers = np.array(sorted(names), dtype=np.int32)
        store = open_store(settings, plant, clock)
        stored = store.range(numbers, min(load.sent), end_ns + 1)
        store.close()
        assert len(stored) == len(expected)
        found = zip(stored.point.tolist(), stored.time.tolist(), stored.value.tolist(), strict=True)
        assert {(point, at): value for point, at, value in found} == expected
        assert transitions(engine, end_ns) == calm
        assert {(told[3], told[4]) for told in calm} >= TOLD
        assert set(hook.got) == events(engine)
        engine.dispose()
