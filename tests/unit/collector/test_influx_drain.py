"""A store that was away: the journal waits, what is new is not made to, and everything arrives."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from collector.journal import START, committed_position
from collector.journal.checkpoints import read_checkpoint
from collector.reading import Int64s, ReadingBatch
from collector.stores.influx import Away, StoreAway
from collector.stores.influx.pursuit import AT_ONCE
from config.clock import SECOND
from tests.unit.collector.influx_kit import T0, Follower, batch

RATE = 2_000
POINTS = 50


class Store:
    """Takes readings, or is away. `late`: how old the newest reading of each portion was when it came."""

    def __init__(self) -> None:
        self.away: StoreAway | None = None
        self.tries = 0
        self.portions: list[ReadingBatch] = []

    def take(self, readings: ReadingBatch) -> None:
        self.tries += 1
        if self.away is not None:
            raise self.away
        self.portions.append(readings)

    def rows(self) -> Int64s:
        return keys(self.portions)


def keys(batches: list[ReadingBatch]) -> Int64s:
    """Each point and time once, as one number."""
    readings = ReadingBatch.concat(batches)
    return np.unique((readings.time - T0) * 100 + readings.point)


def made_until(now_ns: int, seconds: int = 1) -> ReadingBatch:
    """The readings of some seconds at RATE, ended now."""
    each = RATE // POINTS * seconds
    times = now_ns - seconds * SECOND + np.arange(each) * (seconds * SECOND // each)
    return batch(np.tile(np.arange(POINTS), each), np.repeat(times, POINTS), np.zeros(RATE * seconds))


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def node(tmp_path, store) -> Iterator[Follower]:
    follower = Follower(tmp_path, store.take)
    yield follower
    follower.close()


def run(node: Follower, seconds: int, stride: int = 1) -> list[ReadingBatch]:
    """Live operation: each stride's readings, then whatever the writer does in the one round it has."""
    made = []
    for _ in range(seconds // stride):
        node.clock.wind(stride)
        made.append(made_until(node.clock.now_ns(), stride))
        node.add(made[-1])
        node.writer.step()
    return made


@pytest.mark.parametrize("outage_s", [600, pytest.param(3600, marks=pytest.mark.prove)])
def test_what_waited_is_made_good_at_five_times_the_rate_without_holding_up_what_is_new(
    node, store, outage_s
):
    store.away = StoreAway(Away.UNREACHABLE, "away")
    made = run(node, outage_s, stride=20)
    assert node.writer.waiting == outage_s * RATE
    store.away, outage = None, node.clock.now_ns()
    node.clock.wind(30)
    rounds = 0
    while node.writer.waiting > RATE:
        before = len(store.portions)
        made += run(node, 1)
        rounds += 1
        newest = max(int(portion.time.max()) for portion in store.portions[before:])
        assert node.clock.now_ns() - newest <= SECOND, "what is new waited"
    assert RATE * outage_s / rounds >= 5 * RATE
    made += run(node, 1)
    assert not node.writer.draining
    assert node.writer.trouble is None
    assert np.array_equal(store.rows(), keys(made))
    backlog = [int(p.time[0]) for p in store.portions if p.time[0] < outage - 60 * SECOND]
    assert backlog == sorted(backlog), "the oldest first"


def test_while_the_store_is_away_it_is_asked_ever_less_often(node, store):
    store.away = StoreAway(Away.FAILED, "broken")
    run(node, 300, stride=2)
    assert 10 <= store.tries <= 25
    assert node.writer.trouble is store.away


def test_it_is_asked_again_when_the_server_said(node, store):
    store.away = StoreAway(Away.OVERLOADED, "busy", retry_after=20.0)
    run(node, 1)
    store.away = None
    run(node, 19)
    assert store.portions == []
    run(node, 1)
    assert sum(map(len, store.portions)) == 21 * RATE


def test_nothing_is_forgotten_by_the_journal_before_it_is_stored(node, store):
    store.away = StoreAway(Away.TIMED_OUT, "slow")
    run(node, 5)
    node.writer.save()
    assert read_checkpoint(node.folder, "store").position == START
    store.away = None
    node.clock.wind(60)
    run(node, 2)
    node.writer.save()
    assert read_checkpoint(node.folder, "store").position == committed_position(node.folder)


def test_after_a_crash_in_the_middle_of_a_backlog_everything_arrives(node, store):
    store.away = StoreAway(Away.UNREACHABLE, "away")
    made = run(node, 3 * AT_ONCE // RATE, stride=5)
    store.away = None
    node.clock.wind(60)
    made += run(node, 2)
    assert node.writer.draining
    crashed = node.writer
    node.writer = node.started()
    made += run(node, 30)
    crashed.close()
    assert np.array_equal(store.rows(), keys(made))


def test_a_store_that_fails_now_and_then_still_gets_each_reading(node, store):
    made = []
    for number in range(60):
        store.away = StoreAway(Away.FAILED, "now and then") if number % 3 == 1 else None
        made += run(node, 1)
    store.away = None
    node.clock.wind(60)
    made += run(node, 5)
    assert np.array_equal(store.rows(), keys(made))


def test_when_the_store_is_too_slow_for_good_what_is_new_still_comes_first(node, store):
    heavy = AT_ONCE // RATE + 10
    for _ in range(8):
        node.clock.wind(1)
        for part in range(heavy):
            readings = made_until(node.clock.now_ns())
            node.add(batch(readings.point + POINTS * part, readings.time, readings.value))
        before = len(store.portions)
        node.writer.step()
        newest = max(int(portion.time.max()) for portion in store.portions[before:])
        assert node.clock.now_ns() - newest <= 4 * SECOND
    assert node.writer.waiting > 0
