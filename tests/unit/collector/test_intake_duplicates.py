"""Delivered again, late, after a crash or twice in one batch: every reading is stored once."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from collector.intake import Intake, asking
from collector.intake.recent import KEPT, Recent
from collector.journal import JournalError, JournalReader
from collector.reading import ReadingBatch
from config.clock import DAY, MINUTE
from tests.unit.collector.intake_kit import NOW, NOW_MS, Room, message, messages, number


def stream(count: int, start: int = 0) -> list[tuple[bytes, bytes]]:
    return [message(ts=NOW_MS - 60_000 + i, supply_temp=i / 8) for i in range(start, start + count)]


def test_the_same_again_is_a_duplicate_and_another_value_a_conflict(tmp_path):
    room = Room(tmp_path)
    assert room.take(message(supply_temp=70)) == (1, 1, 0, 0)
    assert room.take(message(supply_temp=70)) == (1, 0, 1, 0)
    assert room.take(message(supply_temp=71)) == (1, 0, 0, 1)
    assert room.refused() == [("north/boiler-1", "conflict", 1)]
    assert room.stored() == {("north/boiler-1/supply_temp", NOW): 70}


def test_within_one_batch_the_first_stands(tmp_path):
    room = Room(tmp_path)
    taken = room.take(
        message(supply_temp=70), message(supply_temp=70), message(supply_temp=71), message(return_temp=70)
    )
    assert taken == (4, 2, 1, 1)
    assert room.stored()["north/boiler-1/supply_temp", NOW] == 70


def test_a_batch_may_hold_the_stored_value_after_a_conflicting_one(tmp_path):
    room = Room(tmp_path)
    room.take(message(supply_temp=70))
    assert room.take(message(supply_temp=71), message(supply_temp=70)) == (2, 0, 1, 1)


def test_late_readings_between_others_are_stored_once(tmp_path):
    room = Room(tmp_path)
    everything = stream(20)
    assert room.take(*everything[::2]) == (10, 10, 0, 0)
    assert room.take(*everything) == (20, 10, 10, 0)
    assert room.take(*everything[::-1]) == (20, 0, 20, 0)
    assert len(room.stored()) == 20


def test_a_failed_commit_leaves_no_trace_so_that_the_redelivery_is_stored(tmp_path, monkeypatch):
    room = Room(tmp_path)

    def full() -> None:
        raise JournalError("full")

    with monkeypatch.context() as disk:
        disk.setattr(room.journal, "commit", full)
        with pytest.raises(JournalError):
            room.take(message({"ts": NOW_MS, "values": {"supply_temp": 70}, "seq": 5}))
    room.journal._forget_pending()
    assert room.take(message({"ts": NOW_MS, "values": {"supply_temp": 70}, "seq": 5})) == (1, 1, 0, 0)


class FakeStore:
    """Holds one batch, and can be away."""

    def __init__(self, held: ReadingBatch) -> None:
        self.held, self.away, self.asked = held.sorted(), False, 0

    def latest(self, points):
        last = np.append(np.diff(self.held.point) != 0, True) if len(self.held) else []
        return self.held.take(np.asarray(last, dtype=bool) & np.isin(self.held.point, points))

    def range(self, points, start_ns, end_ns, limit=None):
        self.asked += 1
        if self.away:
            raise ConnectionError("store away")
        inside = (self.held.time >= start_ns) & (self.held.time < end_ns)
        return self.held.take(inside & np.isin(self.held.point, points))


def test_beyond_memory_the_store_is_asked(tmp_path):
    plant = Room(tmp_path / "a").plant
    supply = number(plant, "north/boiler-1/supply_temp")
    old = NOW - 3 * DAY
    store = FakeStore(ReadingBatch.of([supply, supply], [old, old + MINUTE], [60, 61], received_at=old))
    room = Room(tmp_path / "b", store=lambda: store)
    taken = room.take(
        message(ts=old // 10**6, supply_temp=60),
        message(ts=old // 10**6 + 60_000, supply_temp=99),
        message(ts=old // 10**6 + 30_000, supply_temp=60.5),
    )
    assert taken == (3, 1, 1, 1)
    assert store.asked == 1
    room.take(message(supply_temp=70), message(supply_temp=71, ts=NOW_MS + 1))
    assert store.asked == 1, "what is newer than everything needs no question"


def test_a_store_that_is_away_does_not_stop_intake(tmp_path):
    supply = number(Room(tmp_path / "a").plant, "north/boiler-1/supply_temp")
    store = FakeStore(ReadingBatch.of([supply], [NOW - DAY], [60], received_at=NOW))
    room = Room(tmp_path / "b", store=lambda: store)
    store.away = True
    late = message(ts=NOW_MS - 2 * DAY // 10**6, supply_temp=1)
    assert room.take(late) == (1, 1, 0, 0)
    assert room.intake.unchecked == 1
    store.away = False
    assert room.take(late) == (1, 0, 1, 0), "and what memory holds it knows without the store"


def test_a_store_that_hangs_is_waited_for_once_and_briefly(tmp_path, monkeypatch):
    supply = number(Room(tmp_path / "a").plant, "north/boiler-1/supply_temp")
    store = FakeStore(ReadingBatch.of([supply], [NOW - DAY], [60], received_at=NOW))
    room = Room(tmp_path / "b", store=lambda: store)
    released, asked = threading.Event(), []

    def hang(*_arguments: object) -> ReadingBatch:
        asked.append(True)
        released.wait(30)
        return ReadingBatch.empty()

    monkeypatch.setattr(store, "range", hang)
    monkeypatch.setattr(asking.Asker.ask, "__defaults__", (0.05,))
    for n in range(3):
        late = message(ts=NOW_MS - 2 * DAY // 10**6 - n, supply_temp=1)
        assert room.take(late) == (1, 1, 0, 0)
    assert len(asked) == 1
    assert room.intake.unchecked == 3
    released.set()


def test_after_a_restart_the_journal_tells_what_was_taken(tmp_path):
    room = Room(tmp_path)
    sent = stream(50)
    room.take(*sent)
    reader = JournalReader(room.folder, None)
    tail = ReadingBatch.concat([e.readings for e in reader.read()])
    room.intake = Intake(room.plant, room.journal, room.clock, tail=tail)
    assert room.take(*sent[-KEPT:], *stream(1, start=50)) == (KEPT + 1, 1, KEPT, 0)
    assert len(room.stored()) == 51


@pytest.mark.parametrize("batch_size", [1, 7, 100])
def test_any_order_of_arrival_stores_each_reading_once(tmp_path, batch_size):
    rng = np.random.default_rng(7)
    room = Room(tmp_path)
    held: dict[str, FakeStore] = {}

    def journal_as_store() -> FakeStore:
        return held.setdefault("store", StoreOfJournal(room))

    room.intake = Intake(room.plant, room.journal, room.clock, store=journal_as_store)
    order = rng.permutation(np.repeat(np.arange(60), 3))
    sent = [stream(1, start=int(n))[0] for n in order]
    for start in range(0, len(sent), batch_size):
        room.intake.take_messages(messages(*sent[start : start + batch_size]))
    assert len(room.stored()) == 60
    assert room.written()[1].total().numbers() == (180, 60, 120, 0, 0)


class StoreOfJournal(FakeStore):
    """What the journal holds now."""

    def __init__(self, room: Room) -> None:
        self._room = room

    asked, away = 0, False

    @property
    def held(self) -> ReadingBatch:
        return self._room.written()[0].sorted()


def test_the_ring_says_only_what_it_is_sure_of():
    recent = Recent(2)
    point = np.zeros(KEPT + 1, dtype=np.int32)
    time = np.arange(KEPT + 1, dtype=np.int64)
    recent.add(point, time, time.astype(float))
    found = recent.find(point[:3], np.array([0, 1, -5]))
    assert found.there.tolist() == [False, True, False]
    assert found.certain.tolist() == [False, True, False]
    recent.add(np.array([1], dtype=np.int32), np.array([9]), np.array([1.0]))
    other = recent.find(np.array([1, 1], dtype=np.int32), np.array([8, 9]))
    assert other.there.tolist() == [False, True]
    assert other.certain.tolist() == [True, True]
