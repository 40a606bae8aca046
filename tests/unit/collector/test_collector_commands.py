"""A setpoint goes out within its envelope, once, is answered or expires; and meters may be exchanged."""

from __future__ import annotations

import numpy as np
import orjson
import pytest

from collector.bookkeeper import Bookkeeper
from collector.commands import (
    CommandError,
    CommandState,
    NotCommanded,
    Wish,
    expire_commands,
    issue_command,
    read_commands,
    send_commands,
)
from collector.exchanges import Exchange, exchanges_of, increase, record_exchange
from config.clock import MINUTE, SECOND
from config.database import open_engine, upgrade
from tests.unit.alarms import small_plant
from tests.unit.alarms.small_plant import Planted, point, rule
from tests.unit.collector.intake_kit import NOW, Room, message

ZONE = small_plant.kind(
    "test_zone",
    {"setpoint": point(low=5, high=30, role="setpoint"), "temp": point()},
    {"cold": rule(point="temp", below=5)},
)
PLANT = small_plant.plant(Planted("north/zone-1", ZONE))


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/caretaker.db")
    upgrade(engine)
    yield engine
    engine.dispose()


def wish(
    value: float = 21,
    point_name: str = "setpoint",
    expires: int = NOW + 5 * MINUTE,
    asset: str = "north/zone-1",
) -> Wish:
    return Wish(asset, point_name, value, "li", "optimum_start", expires)


def frost_guard(_asset: object, _point: object, value: float) -> str | None:
    return "frost guard: not below 8 °C" if value < 8 else None


def issue(engine, asked: Wish) -> str:
    with engine.begin() as connection:
        return issue_command(connection, PLANT, asked, NOW, frost_guard)


def answer(tmp_path, engine, at: int = NOW, **body: object) -> None:
    room = Room(tmp_path)
    room.clock.set(at)
    assert room.take(message(body, "facility/north/zone-1/ack")) == (0, 0, 0, 0)
    books = Bookkeeper(engine, room.folder, room.clock)
    books.catch_up()
    books.close()


@pytest.mark.parametrize(
    ("asked", "reason", "words"),
    [
        (wish(asset="north/nowhere"), NotCommanded.UNKNOWN_POINT, "no point setpoint"),
        (wish(point_name="setpiont"), NotCommanded.UNKNOWN_POINT, "no point setpiont"),
        (wish(point_name="temp"), NotCommanded.NOT_SETTABLE, "measured, not set"),
        (wish(31), NotCommanded.NOT_PLAUSIBLE, "between 5 and 30 °C"),
        (wish(7), NotCommanded.OUTSIDE_ENVELOPE, "frost guard"),
        (wish(expires=NOW), NotCommanded.ALREADY_EXPIRED, "a time to be carried out in"),
    ],
)
def test_what_must_not_be_sent_is_refused_with_its_reason(engine, asked, reason, words):
    with pytest.raises(CommandError, match=words) as refused:
        issue(engine, asked)
    assert refused.value.reason == reason
    assert read_commands(engine) == []


def test_a_command_is_sent_once_and_done_when_the_device_says_so(tmp_path, engine):
    command, sent = issue(engine, wish()), []
    for _ in range(2):
        send_commands(engine, lambda *m: sent.append(m), NOW + SECOND)
    ((topic, payload),) = sent
    assert topic == "facility/north/zone-1/set"
    assert orjson.loads(payload) == {
        "id": command, "point": "setpoint", "value": 21, "expires": (NOW + 5 * MINUTE) // 10**6,
    }  # fmt: skip
    answer(tmp_path, engine, id=command, ok=True, value=20.5)
    (row,) = read_commands(engine, "north/zone-1")
    assert (row["state"], row["answer_value"], row["why"]) == (CommandState.DONE, 20.5, "optimum_start")
    assert expire_commands(engine, NOW + 10 * MINUTE) == 0


def test_a_device_may_refuse(tmp_path, engine):
    command = issue(engine, wish())
    answer(tmp_path, engine, id=command, ok=False, reason="in hand operation")
    (row,) = read_commands(engine)
    assert (row["state"], row["answer_reason"]) == (CommandState.REFUSED, "in hand operation")


def test_what_is_not_answered_expires_and_a_late_answer_does_not_revive_it(tmp_path, engine):
    command = issue(engine, wish())
    send_commands(engine, lambda *_: None, NOW)
    assert expire_commands(engine, NOW + 5 * MINUTE) == 1
    answer(tmp_path, engine, id=command, ok=True, at=NOW + 6 * MINUTE)
    (row,) = read_commands(engine)
    assert row["state"] == CommandState.EXPIRED
    assert row["answered_ns"] == NOW + 6 * MINUTE


def test_an_expired_command_is_never_sent(engine):
    issue(engine, wish())
    expire_commands(engine, NOW + 5 * MINUTE)
    assert send_commands(engine, lambda *_: pytest.fail("sent"), NOW + 5 * MINUTE) == 0


@pytest.mark.parametrize("body", [b"ok", {"ok": True}, {"id": 5, "ok": True}, {"id": "x", "ok": 1}, [1]])
def test_an_answer_that_is_none_is_quarantined(tmp_path, body):
    room = Room(tmp_path)
    assert room.take(message(body, "facility/north/boiler-1/ack")) == (1, 0, 0, 1)


class TestMeterExchange:
    def test_totals_go_on_over_an_exchange(self, engine):
        with engine.begin() as connection:
            record_exchange(
                connection, Exchange("north/meter/energy", NOW + 25, 1060.0, 3.0), "li", "calibration"
            )
        exchanges = exchanges_of(engine, "north/meter/energy")
        time = np.array([NOW, NOW + 10, NOW + 20, NOW + 30, NOW + 40])
        counter = np.array([1000.0, 1020.0, 1050.0, 8.0, 18.0])
        assert increase(time, counter, exchanges).tolist() == [0, 20, 30, 15, 10]
        assert exchanges_of(engine, "north/meter/volume") == []

    def test_a_counter_that_falls_without_one_began_at_zero_again(self):
        counter = np.array([100.0, 110.0, 4.0, 9.0])
        assert increase(np.arange(4), counter).tolist() == [0, 10, 4, 5]

    def test_two_exchanges_between_two_readings_both_count(self):
        exchanges = [Exchange("m", 6, 20.0, 5.0), Exchange("m", 4, 12.0, 1.0)]
        rises = increase(np.array([0, 10]), np.array([10.0, 7.0]), exchanges)
        assert rises.tolist() == [0, (12 - 10) + (20 - 1) + (7 - 5)]

    def test_exchanges_outside_the_readings_change_nothing(self):
        exchanges = [Exchange("m", -5, 1.0, 0.0), Exchange("m", 50, 1.0, 0.0)]
        assert increase(np.array([0, 10]), np.array([10.0, 12.0]), exchanges).tolist() == [0, 2]
        assert len(increase(np.array([], dtype=np.int64), np.array([]), exchanges)) == 0
