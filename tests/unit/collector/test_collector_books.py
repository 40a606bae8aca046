"""What the journal says beside readings comes into the database once, whenever the bookkeeper dies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from collector import bookkeeper
from collector.bookkeeper import Bookkeeper
from collector.desk import Condition, Desk
from collector.inbox import Typed, outcome_of, submit_manual, submit_replay, waiting
from collector.intake import Intake
from collector.journal import JournalReader
from collector.ledger import ledger_total, read_gaps, read_ledger, sequences_known
from collector.manual import readings_of
from collector.mqtt.deaf import Deaf
from collector.quarantine import (
    NotReplayable,
    Quarantined,
    get_quarantined,
    list_quarantine,
    quarantine,
    replayable,
)
from config.database import open_engine, upgrade
from config.heartbeat import read_all
from tests.unit.alarms import small_plant
from tests.unit.alarms.small_plant import Planted, point, rule
from tests.unit.collector.intake_kit import NOW, NOW_MS, Room, message


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/caretaker.db")
    upgrade(engine)
    yield engine
    engine.dispose()


def write_up(room: Room, engine) -> None:
    books = Bookkeeper(engine, room.folder, room.clock)
    books.catch_up()
    books.close()


def totals(engine) -> tuple[int, ...]:
    found = read_ledger(engine)
    return tuple(found[name] for name in ("received", "stored", "duplicate", "quarantined", "in_flight"))


def test_before_anything_came_the_ledger_is_empty(engine):
    assert totals(engine) == (0, 0, 0, 0, 0)
    assert read_ledger(engine)["devices"] == []


def test_totals_and_devices_add_up(tmp_path, engine):
    room = Room(tmp_path)
    room.take(message(supply_temp=70, return_temp=50), message(supply_temp=70), message(b"garbage"))
    room.take(message(topic="facility/north/nobody/telemetry", supply_temp=1))
    room.take(
        message(b"offline", "facility/north/boiler-1/status"),
        message(b"online", "facility/north/boiler-2/status"),
    )
    write_up(room, engine)
    assert totals(engine) == (5, 2, 1, 2, 0)
    devices = {d["device"]: d for d in read_ledger(engine)["devices"]}
    assert [devices["north/boiler-1"][n] for n in ("received", "stored", "duplicate", "quarantined")] == [
        4,
        2,
        1,
        1,
    ]
    assert devices["north/nobody"]["quarantined"] == 1
    assert devices["north/boiler-1"]["online"] is False
    assert devices["north/boiler-2"]["online"] is True
    assert devices["north/nobody"]["online"] is None


def test_what_is_held_is_in_flight_and_the_equation_holds(tmp_path, engine):
    room = Room(tmp_path)
    room.take(message(supply_temp=70))
    books = Bookkeeper(engine, room.folder, room.clock, lambda: 7)
    books.step()
    assert totals(engine) == (8, 1, 0, 0, 7)
    books.close()


def test_a_bookkeeper_that_dies_before_its_commit_repeats_and_one_after_it_does_not(
    tmp_path, engine, monkeypatch
):
    room = Room(tmp_path)
    rng = np.random.default_rng(5)
    sent = 0
    for round_number in range(30):
        batch = [message(ts=NOW_MS + sent + i, supply_temp=1) for i in range(int(rng.integers(1, 5)))]
        sent += len(batch)
        room.take(*batch)
        books = Bookkeeper(engine, room.folder, room.clock)
        if round_number % 3 == 0:
            with monkeypatch.context() as crash:
                crash.setattr(bookkeeper, "_set_place", _die)
                with pytest.raises(SystemExit):
                    books.catch_up()
        elif round_number % 3 == 1:
            books.catch_up()
        room.clock.wind(10)
    write_up(room, engine)
    assert totals(engine) == (sent, sent, 0, 0, 0)


def _die(*_arguments: object) -> None:
    raise SystemExit


def test_gaps_and_where_each_device_stands_are_known(tmp_path, engine):
    room = Room(tmp_path)
    for seq in (1, 4):
        room.take(message({"ts": NOW_MS + seq, "values": {"supply_temp": 1}, "seq": seq, "boot": "b"}))
    write_up(room, engine)
    assert [(g["device"], g["first"], g["last"]) for g in read_gaps(engine)] == [("north/boiler-1", 2, 3)]
    assert read_gaps(engine, "north/boiler-2") == []
    assert sequences_known(engine) == {"north/boiler-1": ("b", 4)}
    assert read_ledger(engine)["missing"] == 2


def test_lags_of_the_stores_stand_beside_the_totals(tmp_path, engine):
    room = Room(tmp_path)
    JournalReader(room.folder, "store").close()
    room.take(message(supply_temp=1))
    write_up(room, engine)
    (store,) = read_ledger(engine)["stores"]
    assert store["name"] == "store"
    assert store["bytes"] > 0


class TestQuarantine:
    def test_it_is_listed_newest_first_and_by_what_is_asked(self, tmp_path, engine):
        room = Room(tmp_path)
        for n in range(5):
            room.take(message(b"garbage %d" % n), message(presure=n))
        write_up(room, engine)
        assert [q["reason"] for q in list_quarantine(engine, limit=2)] == ["unknown_point", "unreadable"]
        assert len(list_quarantine(engine, reason="unreadable")) == 5
        assert list_quarantine(engine, device="north/boiler-2") == []
        page = list_quarantine(engine, limit=4)
        rest = list_quarantine(engine, before=page[-1]["id"])
        assert len(rest) == 6
        found = get_quarantined(engine, page[0]["id"])
        assert found is not None
        assert found["detail"] == "presure: unknown_point"
        assert b"presure" in found["raw"]

    def test_it_is_bounded(self, tmp_path, engine, monkeypatch):
        monkeypatch.setattr("collector.quarantine.KEPT", 10)
        room = Room(tmp_path)
        room.take(*[message(b"garbage %d" % n) for n in range(25)])
        write_up(room, engine)
        assert len(list_quarantine(engine)) == 10
        assert totals(engine) == (25, 0, 0, 25, 0)

    def test_after_the_mapping_is_repaired_a_message_is_taken_again_once(self, tmp_path, engine):
        broken = Room(tmp_path)
        sent = message({"ts": NOW_MS, "values": {"supply_temp": 70, "presure": 1.5, "burner_on": 1}})
        assert broken.take(sent) == (3, 2, 0, 1)
        write_up(broken, engine)
        repaired = with_pressure(broken)
        replay(repaired, engine, 1)
        assert totals(engine) == (3, 3, 0, 0, 0)
        assert (get_quarantined(engine, 1) or {})["state"] == "replayed"
        assert replayable(engine, 1) == NotReplayable.REPLAYED
        assert len(repaired.written()[0]) == 3

    def test_what_is_still_refused_stays(self, tmp_path, engine):
        room = Room(tmp_path)
        room.take(message(presure=1))
        write_up(room, engine)
        request = replay(room, engine, 1)
        assert outcome_of(engine, request) == {"stored": 0, "left": 1, "reason": ""}
        assert totals(engine) == (1, 0, 0, 1, 0)
        assert (get_quarantined(engine, 1) or {})["state"] == "waiting"

    def test_a_time_from_tomorrow_is_not_believed_the_day_after(self, tmp_path, engine):
        room = Room(tmp_path)
        room.take(message(ts=NOW_MS + 86_400_000, supply_temp=1))
        write_up(room, engine)
        room.clock.wind(3 * 86_400)
        replay(room, engine, 1)
        assert totals(engine) == (1, 0, 0, 1, 0)

    def test_one_that_was_cut_off_or_never_was_is_declined(self, tmp_path, engine):
        room = Room(tmp_path)
        room.take(message(b"x" * 100_000))
        write_up(room, engine)
        assert replayable(engine, 1) == NotReplayable.CUT_OFF
        assert replayable(engine, 99) == NotReplayable.UNKNOWN


def with_pressure(room: Room) -> Room:
    """The same journal, after the kind was given the point that its devices send."""
    names = ("supply_temp", "return_temp", "burner_on")
    points = {n: point(low=-20, high=150) for n in names} | {"presure": point(low=0, high=10)}
    kind = small_plant.kind("test_boiler", points, {"hot": rule(point="supply_temp", above=95)})
    tail = room.written()[0]
    old = {number: p.id for number, p in room.plant.by_number.items()}
    room.plant = small_plant.plant(Planted("north/boiler-1", kind))
    by_id = {p.id: p.number for p in room.plant.points.values()}
    points_now = np.array([by_id[old[n]] for n in tail.point.tolist()], dtype=np.int32)
    room.intake = Intake(room.plant, room.journal, room.clock, tail=replace(tail, point=points_now))
    return room


def replay(room: Room, engine, number: int) -> str:
    with engine.begin() as connection:
        request = submit_replay(connection, number, "li", NOW)
    found = replayable(engine, number)
    assert isinstance(found, Quarantined)
    room.intake.replay(found.refused, found.id, request)
    write_up(room, engine)
    return request


class TestInbox:
    def test_a_typed_value_becomes_a_manual_reading_and_its_outcome_is_told(self, tmp_path, engine):
        room = Room(tmp_path)
        with engine.begin() as connection:
            request = submit_manual(connection, [Typed("north/boiler-1/supply_temp", NOW, 71.5)], "li", NOW)
        assert outcome_of(engine, request) is None
        take_waiting(room, engine)
        assert outcome_of(engine, request) == {
            "received": 1, "stored": 1, "duplicate": 0, "quarantined": 0, "reasons": [],
        }  # fmt: skip
        assert room.stored() == {("north/boiler-1/supply_temp", NOW): 71.5}
        assert waiting(engine) == []

    def test_a_second_value_for_the_moment_is_told_to_be_a_conflict(self, tmp_path, engine):
        room = Room(tmp_path)
        typed = [Typed("north/boiler-1/supply_temp", NOW, value) for value in (71.5, 72.5)]
        with engine.begin() as connection:
            requests = [submit_manual(connection, [one], "li", NOW + n) for n, one in enumerate(typed)]
        take_waiting(room, engine)
        outcomes = [outcome_of(engine, request) for request in requests]
        assert [(o["stored"], o["reasons"]) for o in outcomes if o] == [
            (1, []),
            (0, ["supply_temp: conflict"]),
        ]

    def test_a_point_that_is_gone_is_refused_not_lost(self, tmp_path, engine):
        room = Room(tmp_path)
        with engine.begin() as connection:
            request = submit_manual(connection, [Typed("north/boiler-1/gone", NOW, 1.0)], "li", NOW)
        take_waiting(room, engine)
        assert (outcome_of(engine, request) or {})["quarantined"] == 1


def take_waiting(room: Room, engine) -> None:
    for request in waiting(engine):
        room.intake.take_columns(readings_of(request.body, room.plant, NOW), request.id)
    write_up(room, engine)


class TestDesk:
    def desk(self, room: Room, engine) -> tuple[Desk, Condition, list[tuple[str, bytes]]]:
        condition, sent = Condition(deaf=None), []
        return Desk(engine, room.folder, room.clock, condition, lambda *m: sent.append(m)), condition, sent

    def test_it_hands_each_request_out_once_and_says_how_the_collector_is(self, tmp_path, engine):
        room = Room(tmp_path)
        desk, condition, _ = self.desk(room, engine)
        with engine.begin() as connection:
            request = submit_manual(connection, [Typed("north/boiler-1/supply_temp", NOW, 1.0)], "li", NOW)
            submit_replay(connection, 5, "li", NOW + 1)
        for _ in range(3):
            desk.round()
        works = [desk.work.get_nowait() for _ in range(2)]
        assert desk.work.empty()
        assert {w.quarantined for w in works} == {None, NotReplayable.UNKNOWN}
        room.intake.take_columns(readings_of(works[0].request.body, room.plant, NOW), request)
        room.intake.decline(works[1].request.id, str(works[1].quarantined))
        desk._books_due = 0.0
        desk.round()
        assert (outcome_of(engine, works[1].request.id) or {})["reason"] == "unknown"
        assert read_all(engine)["collect"].state == "ok"
        condition.deaf = Deaf.BROKER_AWAY
        desk._beaten = 0.0
        desk.round()
        health = read_all(engine)["collect"]
        assert (health.state, health.details["deaf"]) == ("deaf", "broker_away")
        assert "mqtt.url" in health.reason

    def test_a_database_that_was_away_gets_everything_once_it_is_back(self, tmp_path, engine, monkeypatch):
        room = Room(tmp_path)
        desk, _, _ = self.desk(room, engine)
        room.take(message(supply_temp=1))
        with monkeypatch.context() as away:
            away.setattr(bookkeeper, "add_refused", _database_away)
            desk.round()
        assert totals(engine) == (0, 0, 0, 0, 0)
        room.take(message(supply_temp=2, ts=NOW_MS + 1))
        desk.round()
        assert totals(engine) == (2, 2, 0, 0, 0)


def _database_away(*_arguments: object) -> None:
    raise OperationalError("insert", {}, OSError("away"))


def test_the_place_moves_in_the_transaction_that_counts(tmp_path, engine):
    room = Room(tmp_path)
    for n in range(3):
        room.take(message(ts=NOW_MS + n, supply_temp=1))
    write_up(room, engine)
    with engine.connect() as connection:
        total = connection.execute(select(ledger_total)).one()
        place = connection.execute(select(bookkeeper.journal_place)).one()
        assert connection.execute(select(quarantine)).all() == []
    assert (total.stored, place.reader) == (3, "ledger")
    assert (place.segment, place.offset) == (room.journal.position.segment, room.journal.position.offset)
