"""What is not compacted yet is served from the journal: exactly that, and in bounded memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from collector.journal import START
from collector.stores.embedded import EmbeddedStore
from collector.stores.embedded.tail import JournalTail
from config.clock import DAY, HOUR, MINUTE
from tests.unit.collector.embedded_kit import D0, POINTS, batch, hours_of_readings, node, rows


def test_a_store_that_is_far_behind_costs_no_memory_and_hides_nothing(tmp_path: Path) -> None:
    campus = node(tmp_path)
    store = EmbeddedStore(campus.readings, tmp_path / "journal", most_in_memory=3_000)
    wanted: list[tuple[int, int, float]] = []
    for hour in range(24):
        fresh = hours_of_readings(D0 + hour * HOUR, 1)
        campus.take(fresh)
        wanted += rows(fresh)
        store.latest(POINTS)
    blocks = store._views.now().blocks
    assert sum(len(block.readings) for block in blocks if block.readings is not None) <= 3_000
    assert any(block.readings is None for block in blocks)
    assert rows(store.range(POINTS, D0, D0 + DAY)) == sorted(wanted)
    assert store.aggregate(POINTS, D0, D0 + DAY, DAY).count.tolist() == [1_440] * 6
    assert store.latest(POINTS).time.tolist() == [D0 + DAY - MINUTE] * 6
    writer = campus.writer()
    writer.compact()
    assert rows(store.range(POINTS, D0, D0 + DAY)) == sorted(wanted)
    assert store._views.now().blocks == ()
    store.close()
    writer.close()


def test_a_block_that_is_compacted_in_part_is_cut_there(tmp_path: Path) -> None:
    campus = node(tmp_path)
    tail = JournalTail(tmp_path / "journal", START)
    campus.take(batch([1], [D0], [1]))
    compacted = campus.journal.position
    campus.take(batch([2], [D0], [2]), batch([3], [D0], [3]))
    tail.read_on()
    assert [block.rows for block in tail.blocks()] == [3]
    tail.forget_before(compacted)
    assert [rows(block.loaded()) for block in tail.blocks()] == [[(2, D0, 2.0), (3, D0, 3.0)]]
    tail.forget_before(campus.journal.position)
    assert tail.blocks() == ()
    tail.close()


def test_blocks_stay_few_and_end_where_the_journal_does(tmp_path: Path) -> None:
    campus = node(tmp_path)
    tail = JournalTail(tmp_path / "journal", START)
    for minute in range(200):
        campus.take(batch(POINTS, [D0 + minute * MINUTE] * 6, [minute] * 6))
        assert len(tail.read_on()) == 1
        assert len(tail.blocks()) <= 9
    assert tail.read_on() == []
    assert tail.blocks()[-1].end == campus.journal.position
    assert sum(block.rows for block in tail.blocks()) == 1_200
    tail.close()


def test_entries_without_readings_do_not_end_the_reading(tmp_path: Path) -> None:
    campus = node(tmp_path)
    tail = JournalTail(tmp_path / "journal", START)
    campus.journal.append(batch([], [], []), quarantine=bytes(30_000_000))
    campus.journal.append(batch([3], [D0], [3]))
    campus.journal.commit()
    assert [newest.point.tolist() for newest in tail.read_on()] == [[3]]
    tail.close()


def test_the_tail_wins_over_the_parts_and_asking_twice_costs_nothing(tmp_path: Path) -> None:
    campus = node(tmp_path)
    campus.take(batch([1, 2], [D0, D0], [1, 2]))
    writer, store = campus.writer(), campus.store()
    writer.compact()
    campus.take(batch([1], [D0], [9]))
    assert rows(store.range(np.array([2, 1]), D0, D0 + 1)) == [(1, D0, 9.0), (2, D0, 2.0)]
    assert store._views.now() is store._views.now()
    store.close()
    writer.close()
