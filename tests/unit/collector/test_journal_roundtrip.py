"""What is committed comes back, in order, once; what is not committed is not seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.journal import (
    START,
    EntryTooLarge,
    JournalLocked,
    JournalReader,
    JournalWriter,
    committed_position,
)
from collector.reading import ReadingBatch
from config.clock import ManualClock
from tests.unit.collector.journal_kit import T0, batch, commit_each, number_of, read_all, write, writer


def test_an_entry_comes_back_with_its_ledger_and_quarantine(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    readings = ReadingBatch.of(
        [7, 2_147_483_647], [T0, -5], [21.5, -0.0], quality=[0, 2], source=[1, 3], received_at=T0 + 9
    )
    end = journal.append(readings, b"ledger", b"\xff raw")
    assert journal.commit() == end
    [entry] = JournalReader(tmp_path, None).read()
    assert (entry.ledger, entry.quarantine, entry.position) == (b"ledger", b"\xff raw", end)
    assert entry.readings.received_at == T0 + 9
    for name in ("point", "time", "value", "quality", "source"):
        np.testing.assert_array_equal(getattr(entry.readings, name), getattr(readings, name))
    journal.close()


def test_nothing_is_seen_before_the_commit(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    reader = JournalReader(tmp_path, None)
    journal.append(batch(1))
    assert reader.read() == []
    journal.commit()
    assert [number_of(e) for e in reader.read()] == [1]
    assert reader.read() == []
    journal.close()


def test_a_reader_waits_for_a_journal_that_does_not_exist_yet(tmp_path: Path) -> None:
    reader = JournalReader(tmp_path / "journal", "store")
    assert reader.read() == []
    write(tmp_path / "journal", [1, 2])
    assert [number_of(e) for e in reader.read()] == [1, 2]


def test_entries_go_on_over_segments_and_restarts(tmp_path: Path) -> None:
    for first in (0, 50, 100):
        write(tmp_path, range(first, first + 50), size=10)
    assert len(list(tmp_path.glob("segment-*.log"))) > 5
    numbers, reader = read_all(tmp_path)
    assert numbers == list(range(150))
    assert reader.take_damage() == []


def test_many_entries_may_wait_for_one_commit_across_segments(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    for number in range(100):
        journal.append(batch(number, 10))
    journal.commit()
    assert read_all(tmp_path)[0] == list(range(100))
    journal.close()


def test_a_reader_can_begin_at_any_entry(tmp_path: Path) -> None:
    write(tmp_path, range(60), size=10)
    entries = JournalReader(tmp_path, None).read()
    for at in (0, 17, 58):
        rest = JournalReader(tmp_path, None, entries[at].position).read()
        assert [number_of(e) for e in rest] == list(range(at + 1, 60))
    assert JournalReader(tmp_path, None, committed_position(tmp_path)).read() == []


def test_reading_stops_near_the_number_asked_for_and_goes_on(tmp_path: Path) -> None:
    write(tmp_path, range(30), size=10)
    reader = JournalReader(tmp_path, None)
    sizes = []
    while entries := reader.read(max_readings=50):
        sizes.append(sum(len(e.readings) for e in entries))
    assert sum(sizes) == 300
    assert max(sizes) < 60


def test_an_entry_as_large_as_a_segment_fits_and_a_larger_one_is_refused(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    with pytest.raises(EntryTooLarge, match="split the batch"):
        journal.append(batch(1, 200))
    journal.append(batch(2, 150), ledger=bytes(600))
    journal.append(batch(3))
    journal.commit()
    assert read_all(tmp_path)[0] == [2, 3]
    journal.close()


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    first = writer(tmp_path)
    with pytest.raises(JournalLocked, match="stop that one first"):
        writer(tmp_path)
    first.close()
    writer(tmp_path).close()


def test_a_lag_counts_bytes_entries_readings_and_age(tmp_path: Path) -> None:
    clock = ManualClock(T0)
    journal = writer(tmp_path, clock=clock)
    reader = JournalReader(tmp_path, "store")
    for number in range(40):
        journal.append(batch(number, 10))
        journal.commit()
        clock.wind(1)
    reader.read(max_readings=100)
    lag = reader.lag(clock.now_ns())
    assert (lag.entries, lag.readings, lag.seconds) == (30, 300, 30.0)
    assert lag.bytes == 30 * (64 + 220 + 4)
    reader.read()
    assert reader.lag(clock.now_ns()).bytes == 0
    journal.close()


def test_a_position_is_ordered_and_starts_at_start(tmp_path: Path) -> None:
    journal = writer(tmp_path)
    assert committed_position(tmp_path) == START
    positions = [START]
    for number in range(50):
        journal.append(batch(number, 10))
        positions.append(journal.commit())
    assert positions == sorted(set(positions))
    assert committed_position(tmp_path) == positions[-1] == journal.commit()
    journal.close()


entries_strategy = st.lists(
    st.tuples(st.integers(0, 120), st.binary(max_size=200), st.binary(max_size=200), st.booleans()),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(entries=entries_strategy)
def test_whatever_is_appended_comes_back(
    entries: list[tuple[int, bytes, bytes, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = JournalWriter(folder, clock=ManualClock(T0), segment_bytes=4096)
    for number, (size, ledger, quarantine, commit) in enumerate(entries):
        journal.append(batch(number, size), ledger, quarantine)
        if commit:
            journal.commit()
    journal.commit()
    journal.close()
    back = JournalReader(folder, None).read()
    assert [(number_of(e), len(e.readings), e.ledger, e.quarantine) for e in back] == [
        (number, size, ledger, quarantine) for number, (size, ledger, quarantine, _) in enumerate(entries)
    ]
    commit_each(writer(folder), [99])
