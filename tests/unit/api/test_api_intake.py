"""Intake as people see it: the ledger adds up, quarantine is replayed, typed values go to the collector."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from api.rights import Role
from api.services import intake
from collector.inbox import RequestKind, settle_requests, waiting
from collector.intake.blob import Refused, kept
from collector.intake.delta import Count, Delta, Replayed
from collector.ledger import add_delta, set_in_flight
from collector.quarantine import add_refused, settle_replays
from tests.unit.api.api_kit import NOW, House


def refuse(house: House, *devices: str, payload: bytes = b'{"values": {') -> None:
    size, sha256, raw = kept(payload)
    with house.engine.begin() as connection:
        for device in devices:
            topic = f"facility/{device or 'nowhere/x'}/telemetry"
            told = Refused(topic, device, "unreadable", 1, "not JSON", NOW, size, sha256, raw)
            add_refused(connection, [told])


class Collector:
    """Stands in for the collector's process: settles what waits whenever the api looks for an answer."""

    def __init__(self, house: House, outcome: Mapping[str, Any]) -> None:
        self.house, self.outcome = house, outcome
        self.took: list[tuple[RequestKind, Any]] = []

    def sleep(self, _seconds: float) -> None:
        for request in waiting(self.house.engine):
            self.took.append((request.kind, request.body))
            with self.house.engine.begin() as connection:
                settle_requests(connection, {request.id: self.outcome})


TAKEN = {"received": 1, "stored": 1, "duplicate": 0, "quarantined": 0, "reasons": []}


@pytest.fixture
def collector(house: House, monkeypatch: pytest.MonkeyPatch) -> Collector:
    one = Collector(house, TAKEN)
    monkeypatch.setattr(intake, "time", one)
    return one


def test_the_ledger_adds_up_with_devices_and_stores_beside_the_totals(house: House) -> None:
    with house.engine.begin() as connection:
        delta = Delta(NOW, stored={"north/boiler-1": 90}, mixed={"south/boiler-1": Count(10, 5, 3, 2, 1)})
        add_delta(connection, delta)
        set_in_flight(connection, 7, [{"name": "store", "readings": 12, "seconds": 0.4}])
    ledger = house.as_role(Role.INSPECTOR).get("ledger").json()
    totals = ("received", "stored", "duplicate", "quarantined", "in_flight")
    assert [ledger[name] for name in totals] == [107, 95, 3, 2, 7]
    assert ledger["received"] == sum(ledger[name] for name in totals[1:])
    assert [(d["device"], d["missing"]) for d in ledger["devices"]] == [
        ("north/boiler-1", 0),
        ("south/boiler-1", 1),
    ]
    assert ledger["stores"] == [{"name": "store", "readings": 12, "seconds": 0.4}]
    officer = house.as_role(Role.OFFICER, "south", "boiler").get("ledger").json()
    assert [d["device"] for d in officer["devices"]] == ["south/boiler-1"]


def test_an_empty_ledger_is_all_zero(house: House) -> None:
    ledger = house.as_role(Role.INSPECTOR).get("ledger").json()
    assert (ledger["received"], ledger["in_flight"], ledger["devices"]) == (0, 0, [])


def test_quarantine_is_listed_page_by_page_within_rights(house: House) -> None:
    refuse(house, "north/boiler-1", "south/boiler-1", "", "north/boiler-1", "south/boiler-1")
    inspector, officer = house.as_role(Role.INSPECTOR), house.as_role(Role.OFFICER, "north")
    first = inspector.get("quarantine", limit=3).json()
    second = inspector.get("quarantine", limit=3, cursor=first["next"]).json()
    assert [q["id"] for q in [*first["items"], *second["items"]]] == [5, 4, 3, 2, 1]
    assert first["items"][0]["reason"] == "unreadable"
    assert [q["id"] for q in officer.items("quarantine", limit=1)] == [4]
    assert [q["id"] for q in officer.items("quarantine")] == [4, 1]
    assert officer.get("quarantine/2").status_code == 403
    assert officer.get("quarantine/3").status_code == 403
    assert officer.get("quarantine/99").status_code == 404
    assert [q["id"] for q in inspector.items("quarantine", device="south/boiler-1")] == [5, 2]
    assert inspector.get("quarantine", reason="bored").status_code == 422


def test_the_payload_of_a_message_in_quarantine_can_be_seen(house: House) -> None:
    refuse(house, "north/boiler-1")
    refuse(house, "north/boiler-1", payload=b"\xff\x00")
    inspector = house.as_role(Role.INSPECTOR)
    assert inspector.get("quarantine/1").json()["text"] == '{"values": {'
    binary = inspector.get("quarantine/2").json()
    assert binary["text"] is None
    assert base64.b64decode(binary["raw"]) == b"\xff\x00"


def test_a_message_is_taken_again_through_the_collector(house: House, collector: Collector) -> None:
    refuse(house, "north/boiler-1")
    collector.outcome = {"stored": 2, "left": 0, "reason": None}
    answer = house.as_role(Role.ADMIN).post("quarantine/1/replay")
    assert (answer.status_code, answer.json()["state"]) == (200, "done")
    assert answer.json()["outcome"] == {"stored": 2, "left": 0, "reason": None}
    assert collector.took == [(RequestKind.REPLAY, {"quarantine": 1})]
    assert house.as_role(Role.ADMIN).items("audit")[0]["action"] == "token.create"
    assert "quarantine.replay" in {r["action"] for r in house.as_role(Role.ADMIN).items("audit")}


def test_what_was_taken_already_or_was_cut_off_cannot_be_replayed(house: House) -> None:
    refuse(house, "north/boiler-1")
    refuse(house, "north/boiler-1", payload=b"x" * 100_000)
    with house.engine.begin() as connection:
        settle_replays(connection, [Replayed(1, 0)])
    admin = house.as_role(Role.ADMIN)
    again, cut = admin.post("quarantine/1/replay"), admin.post("quarantine/2/replay")
    assert (again.status_code, again.json()["why"]) == (409, "replayed")
    assert (cut.status_code, cut.json()["why"]) == (409, "cut_off")
    assert "have the device send it again" in cut.json()["remedy"]


def test_a_value_typed_by_a_person_goes_to_the_collector_with_its_time(
    house: House, collector: Collector
) -> None:
    crew = house.as_role(Role.CREW)
    value = {"point": "north/boiler-1/supply_temp", "value": 71.5, "note": "by the gauge"}
    answer = crew.post("readings", {**value, "time": "2026-01-05T07:30:00Z"})
    assert (answer.status_code, answer.json()["outcome"]) == (201, TAKEN)
    assert crew.post("readings", {"readings": [value, {**value, "value": 72}]}).status_code == 201
    first, second = collector.took
    assert first == (
        RequestKind.MANUAL,
        [{"point": value["point"], "time": NOW - 1_800 * 10**9, "value": 71.5}],
    )
    assert [v["time"] for v in second[1]] == [NOW, NOW]
    entry = next(r for r in house.as_role(Role.ADMIN).items("audit") if r["action"] == "reading.enter")
    assert entry["who"] == "crew.all.all"
    assert "by the gauge" in entry["details"]["note"]


def test_a_value_that_the_collector_refuses_is_told_with_its_reasons(
    house: House, collector: Collector
) -> None:
    collector.outcome = {**TAKEN, "stored": 0, "quarantined": 1, "reasons": ["from_the_future"]}
    asked = {"point": "north/boiler-1/supply_temp", "value": 70, "time": "2026-01-06T08:00:00Z"}
    answer = house.as_role(Role.CREW).post("readings", asked).json()
    assert (answer["status"], answer["reasons"]) == (422, ["from_the_future"])


def test_while_the_collector_is_away_typed_values_wait_for_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "PATIENCE_S", 0)
    answer = house.as_role(Role.CREW).post("readings", {"point": "north/boiler-1/supply_temp", "value": 70})
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting")
    assert len(waiting(house.engine)) == 1


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"point": "north/boiler-1/rise", "value": 1}, 422, "computed"),
        ({"point": "north/boiler-1/suply_temp", "value": 1}, 404, "supply_temp"),
        ({"point": "south/boiler-1/supply_temp", "value": 1}, 403, "admin"),
        ({"point": "north/boiler-1/supply_temp", "value": "warm"}, 422, "value"),
        ({"point": "north/boiler-1/supply_temp", "value": 1, "time": "noon"}, 422, "RFC 3339"),
        ({"readings": []}, 422, "readings"),
    ],
)
def test_what_cannot_be_typed_is_refused_with_what_to_do(
    house: House, body: dict[str, Any], status: int, said: str
) -> None:
    answer = house.as_role(Role.CREW, "north").post("readings", body)
    assert answer.status_code == status
    assert said in answer.text
    assert waiting(house.engine) == []
