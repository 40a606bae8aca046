"""A crash while writing leaves a torn tail: it is cut, kept as evidence, and nothing before it suffers."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.journal import JournalReader
from collector.journal.committed import Publisher
from collector.journal.disk import Disk
from collector.journal.position import Counted, Position
from collector.journal.segment import HEADER_BYTES
from tests.unit.collector.journal_kit import commit_each, read_all, write, writer

ENTRY = 64 + 72  # three readings, padded to 8


def publish(folder: Path, position: Position, counted: Counted) -> None:
    """Put the committed position back, as if the crash had come before it moved."""
    published = Publisher.open(folder, Disk())
    published.publish(position, counted)
    published.close()


def torn_journal(folder: Path, size: int) -> Path:
    """Three committed entries and a fourth of which only the first `size` bytes reached the file."""
    write(folder, [1, 2, 3, 4])
    [segment] = folder.glob("segment-*.log")
    start = HEADER_BYTES + 3 * ENTRY
    segment.write_bytes(segment.read_bytes()[: start + size])
    publish(folder, Position(1, start), Counted(3, 9))
    return segment


@pytest.mark.parametrize("size", range(1, ENTRY))
def test_cut_at_every_byte_of_the_last_entry(tmp_path: Path, size: int) -> None:
    segment = torn_journal(tmp_path, size)
    journal = writer(tmp_path)
    [torn] = journal.recovery.torn
    assert (torn.position, torn.size) == (Position(1, HEADER_BYTES + 3 * ENTRY), size)
    assert torn.evidence is not None
    assert torn.evidence.stat().st_size == size
    assert segment.stat().st_size == torn.position.offset
    commit_each(journal, [5, 6])
    journal.close()
    numbers, reader = read_all(tmp_path)
    assert numbers == [1, 2, 3, 5, 6]
    assert reader.take_damage() == []


@pytest.mark.parametrize("tail", [bytes(500), b"\xa7CtJ" * 40, b"garbage"])
def test_a_tail_that_never_was_an_entry_is_cut(tmp_path: Path, tail: bytes) -> None:
    write(tmp_path, [1, 2])
    [segment] = tmp_path.glob("segment-*.log")
    with segment.open("ab") as file:
        file.write(tail)
    journal = writer(tmp_path)
    assert [torn.size for torn in journal.recovery.torn] == [len(tail)]
    commit_each(journal, [3])
    assert read_all(tmp_path)[0] == [1, 2, 3]
    journal.close()


def test_a_whole_entry_that_was_not_published_is_kept(tmp_path: Path) -> None:
    write(tmp_path, [1, 2, 3])
    publish(tmp_path, Position(1, HEADER_BYTES + ENTRY), Counted(1, 3))
    assert read_all(tmp_path)[0] == [1]
    write(tmp_path, [4])
    numbers, reader = read_all(tmp_path)
    assert numbers == [1, 2, 3, 4]
    assert reader.take_damage() == []


def test_a_lost_published_position_is_found_again(tmp_path: Path) -> None:
    write(tmp_path, range(40), size=20)
    (tmp_path / "committed").unlink()
    assert read_all(tmp_path)[0] == []
    write(tmp_path, [40], size=20)
    assert read_all(tmp_path)[0] == list(range(41))


@pytest.mark.parametrize("size", [0, 1, 30, HEADER_BYTES - 1])
def test_a_segment_whose_creation_was_cut_short_is_put_aside(tmp_path: Path, size: int) -> None:
    write(tmp_path, [1, 2])
    (tmp_path / "segment-0000000002.log").write_bytes(b"\x01" * size)
    journal = writer(tmp_path)
    assert [torn.position.segment for torn in journal.recovery.torn] == [2]
    commit_each(journal, range(3, 60))
    journal.close()
    assert read_all(tmp_path)[0] == list(range(1, 60))


def test_acknowledged_data_that_is_missing_is_named_and_never_written_over(tmp_path: Path) -> None:
    write(tmp_path, range(10))
    [segment] = tmp_path.glob("segment-*.log")
    segment.write_bytes(segment.read_bytes()[: HEADER_BYTES + 7 * ENTRY + 20])
    reader = JournalReader(tmp_path, "store")
    assert len(reader.read()) == 7
    journal = writer(tmp_path)
    assert [damage.end for damage in journal.recovery.damage] == [Position(1, HEADER_BYTES + 10 * ENTRY)]
    commit_each(journal, [10, 11])
    journal.close()
    assert len(reader.read()) == 2
    [damage] = reader.take_damage()
    assert (damage.entries_lost, damage.readings_lost) == (3, 9)
