"""A full disk says so, leaves nothing half-written, and the journal goes on once there is room."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from collector.journal import FullReason, JournalError, JournalFull, JournalReader, Limits
from tests.unit.collector.journal_kit import FullDisk, batch, commit_each, number_of, read_all, writer

FRAME = 64 + 224  # ten readings


@pytest.mark.parametrize("room", [0, 1, 63, 64, 200, FRAME - 1, FRAME + 1, 3 * FRAME - 1])
def test_full_in_the_middle_of_an_entry(tmp_path: Path, room: int) -> None:
    disk = FullDisk()
    journal = writer(tmp_path, disk)
    commit_each(journal, [1, 2], size=10)
    size = (tmp_path / "segment-0000000001.log").stat().st_size
    disk.room = room
    for number in (3, 4, 5):
        journal.append(batch(number, 10))
    with pytest.raises(JournalFull) as full:
        journal.commit()
    assert full.value.reason is FullReason.DISK_FULL
    assert "free space on the disk" in str(full.value)
    assert (tmp_path / "segment-0000000001.log").stat().st_size == size
    assert read_all(tmp_path)[0] == [1, 2]
    disk.room = 1 << 30
    commit_each(journal, [3, 4, 5], size=10)
    assert read_all(tmp_path)[0] == [1, 2, 3, 4, 5]
    journal.close()


@pytest.mark.parametrize("room", [0, 30, 64, 100])
def test_full_while_a_segment_is_created(tmp_path: Path, room: int) -> None:
    disk = FullDisk()
    journal = writer(tmp_path, disk)
    commit_each(journal, range(14), size=10)
    disk.room = room
    with pytest.raises(JournalFull):
        commit_each(journal, [14], size=10)
    assert [path.name for path in tmp_path.glob("*.log")] == ["segment-0000000001.log"]
    disk.room = 1 << 30
    commit_each(journal, range(14, 20), size=10)
    assert read_all(tmp_path)[0] == list(range(20))
    journal.close()


def test_full_before_the_first_entry(tmp_path: Path) -> None:
    disk = FullDisk(room=10)
    with pytest.raises(JournalFull):
        writer(tmp_path, disk)
    disk.room = 100
    journal = writer(tmp_path, disk)
    with pytest.raises(JournalFull):
        commit_each(journal, [1])
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []
    assert list(tmp_path.glob("*.log")) == []
    disk.room = 1 << 20
    commit_each(journal, [1])
    assert read_all(tmp_path)[0] == [1]
    journal.close()


def test_a_failed_sync_commits_nothing_and_says_what_to_check(tmp_path: Path) -> None:
    disk = FullDisk()
    journal = writer(tmp_path, disk)
    reader = JournalReader(tmp_path, None)
    commit_each(journal, [1])
    disk.sync_error = errno.EIO
    with pytest.raises(JournalError, match="smartctl"):
        commit_each(journal, [2])
    assert [number_of(e) for e in reader.read()] == [1]
    disk.sync_error = None
    commit_each(journal, [3])
    assert [number_of(e) for e in reader.read()] == [3]
    journal.close()
    writer(tmp_path).close()
    assert read_all(tmp_path)[0] == [1, 3]


def test_below_the_free_space_floor_nothing_is_taken(tmp_path: Path) -> None:
    journal = writer(tmp_path, limits=Limits(min_free_bytes=1 << 60))
    with pytest.raises(JournalFull, match="floor") as full:
        commit_each(journal, [1])
    assert full.value.reason is FullReason.FREE_SPACE_FLOOR
    assert read_all(tmp_path)[0] == []
    journal.close()


def test_at_the_size_bound_it_stops_until_the_reader_has_caught_up(tmp_path: Path) -> None:
    journal = writer(tmp_path, limits=Limits(max_bytes=4 * 4096, min_free_bytes=0))
    reader = JournalReader(tmp_path, "store")
    number = 56
    commit_each(journal, range(number), size=10)
    assert journal.size == 4 * (64 + 14 * FRAME)
    with pytest.raises(JournalFull, match="caretaker journal") as full:
        commit_each(journal, [number], size=10)
    assert full.value.reason is FullReason.SIZE_BOUND
    assert [number_of(e) for e in reader.read()] == list(range(number))
    reader.checkpoint(reader.position)
    commit_each(journal, [number], size=10)
    assert [number_of(e) for e in reader.read()] == [number]
    assert journal.size < 2 * 4096
    journal.close()


def test_bounds_too_small_to_work_are_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least two segments"):
        writer(tmp_path, limits=Limits(max_bytes=5000))
    with pytest.raises(ValueError, match="segment_bytes=100"):
        writer(tmp_path, segment_bytes=100)
