"""docs/topics.md and docs/asyncapi.yaml say what the code does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import yaml

from api.notify.channels import mqtt as alarms_channel
from api.notify.message import Message
from collector.commands import Wish, issue_command, send_commands
from collector.directory import Directory
from collector.intake.dispatch import Dispatch
from collector.mqtt.deaf import REMEDIES, Deaf
from collector.reading import ReadingBatch
from collector.rejected import Rejected
from collector.values import NewestValues
from collector.wire.native import encode
from config.clock import MINUTE
from config.database import open_engine, upgrade
from tests.unit.collector.intake_kit import NOW, NOW_MS, Room, boiler_room, messages, number
from tests.unit.collector.test_collector_commands import PLANT

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "topics.md").read_text(encoding="utf-8")
API: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))


def operations(action: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Address and operation of everything that the document receives or sends."""
    for operation in API["operations"].values():
        if operation["action"] == action:
            channel = operation["channel"]["$ref"].rpartition("/")[2]
            yield API["channels"][channel]["address"], operation


def message_of(address: str) -> dict[str, Any]:
    channel = next(c for c in API["channels"].values() if c["address"] == address)
    (reference,) = channel["messages"].values()
    found: dict[str, Any] = API["components"]["messages"][reference["$ref"].rpartition("/")[2]]
    return found


def conforms(payload: bytes, address: str) -> None:
    schema = {**message_of(address)["payload"], "components": API["components"]}
    jsonschema_rs.validate(schema, orjson.loads(payload))


def as_filter(address: str) -> str:
    return re.sub(r"\{[a-z]+\}", "+", address)


def test_it_receives_what_the_collector_subscribes_to():
    everything = Dispatch(Directory(boiler_room())).subscriptions
    native = [s for s in everything if s.startswith("facility/")]
    assert sorted(as_filter(address) for address, _ in operations("receive")) == native


@pytest.mark.parametrize("address", [a for a, _ in operations("receive")])
def test_every_example_is_taken_as_documented(tmp_path, address):
    for example in message_of(address)["examples"]:
        payload = example["payload"]
        raw = payload.encode() if isinstance(payload, str) else orjson.dumps(payload)
        if not isinstance(payload, str):
            conforms(raw, address)
        topic = re.sub(r"\{(asset|device)\}", "boiler-1", address).replace("{site}", "north").encode()
        room = Room(tmp_path / str(len(list(tmp_path.iterdir()))))
        assert room.intake.take_messages(messages((topic, raw))).quarantined == 0


def test_what_our_own_encoder_writes_is_as_documented():
    conforms(encode(NOW_MS, {"supply_temp": 1.5}, seq=3, boot="b"), "facility/{site}/{asset}/telemetry")


def test_what_it_sends_is_as_documented(tmp_path):
    sent: dict[str, bytes] = {}
    values = NewestValues(boiler_room())
    supply = number(boiler_room(), "north/boiler-1/supply_temp")
    values.observe(ReadingBatch.of([supply], [NOW], [71.5], received_at=NOW))
    sent |= dict(values.messages())

    engine = open_engine(f"sqlite:///{tmp_path}/caretaker.db")
    upgrade(engine)
    with engine.begin() as connection:
        wish = Wish("north/zone-1", "setpoint", 21, "li", "by_hand", NOW + MINUTE)
        issue_command(connection, PLANT, wish, NOW, lambda *_: None)
    send_commands(engine, sent.__setitem__, NOW)
    engine.dispose()

    told = Message("id.1", "alarm", None, {"alarm": {"asset": "north/boiler-1"}, "transition": {}}, NOW)
    sent[alarms_channel.topic_of(told)] = alarms_channel.payload_of(told)

    documented = [address for address, _ in operations("send")]
    assert len(sent) == len(documented)
    for topic, payload in sent.items():
        (address,) = [a for a in documented if re.fullmatch(as_filter(a).replace("+", "[^/]+"), topic)]
        conforms(payload, address)


def test_the_page_names_every_topic_with_its_qos_reason_and_remedy():
    rows = {
        line.split("|")[1].strip(): line.split("|")[3].strip()
        for line in PAGE.splitlines()
        if line.startswith("| `")
    }
    for kind in ("receive", "send"):
        for address, operation in operations(kind):
            topic = "`" + re.sub(r"\{([a-z]+)\}", r"<\1>", address) + "`"
            assert rows[topic] == str(operation["bindings"]["mqtt"]["qos"]), topic
    assert all(f"`{reason}`" in PAGE for reason in Rejected)
    said = PAGE.replace("`", "")
    assert all(
        f"`{deaf}`" in PAGE and remedy in said
        for deaf, remedy in REMEDIES.items()
        if deaf is not Deaf.STARTING
    )
