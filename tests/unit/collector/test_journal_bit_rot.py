"""A rotten bit is named by segment and offset, costs the entry it sits in, and stops nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.journal import DamageReason, JournalReader, Position
from collector.journal.inspect import inspect
from collector.journal.segment import HEADER_BYTES
from tests.unit.collector.journal_kit import T0, number_of, read_all, write, writer

ENTRY = 64 + 72


def flip(path: Path, *offsets: int, mask: int = 0x10) -> None:
    """Change one bit at each offset."""
    data = bytearray(path.read_bytes())
    for offset in offsets:
        data[offset] ^= mask
    path.write_bytes(data)


def place(entry: int) -> Position:
    """Where the entry of this index begins in the first segment."""
    return Position(1, HEADER_BYTES + entry * ENTRY)


@pytest.mark.parametrize("within", [0, 4, 8, 12, 16, 20, 24, 32, 40, 63, 64, 100, 135])
def test_one_rotten_byte_costs_one_entry(tmp_path: Path, within: int) -> None:
    write(tmp_path, range(9))
    flip(tmp_path / "segment-0000000001.log", place(4).offset + within)
    numbers, reader = read_all(tmp_path)
    assert numbers == [0, 1, 2, 3, 5, 6, 7, 8]
    [damage] = reader.take_damage()
    assert (damage.start, damage.end, damage.reason) == (place(4), place(5), DamageReason.CHECKSUM)
    assert (damage.entries_lost, damage.readings_lost) == (1, 3)
    assert reader.take_damage() == []


def test_two_neighbours_are_one_damage_and_two_apart_are_two(tmp_path: Path) -> None:
    write(tmp_path, range(12))
    path = tmp_path / "segment-0000000001.log"
    flip(path, place(2).offset + 70, place(3).offset + 1, place(9).offset + 30)
    numbers, reader = read_all(tmp_path)
    assert numbers == [0, 1, 4, 5, 6, 7, 8, 10, 11]
    assert [(d.start, d.end, d.readings_lost) for d in reader.take_damage()] == [
        (place(2), place(4), 6),
        (place(9), place(10), 3),
    ]


def test_the_last_committed_entry_rots_and_the_journal_goes_on(tmp_path: Path) -> None:
    write(tmp_path, range(5))
    flip(tmp_path / "segment-0000000001.log", place(4).offset + 80)
    reader = JournalReader(tmp_path, "store")
    assert [number_of(e) for e in reader.read()] == [0, 1, 2, 3]
    [damage] = reader.take_damage()
    assert (damage.start, damage.end) == (place(4), place(5))
    write(tmp_path, [5, 6])
    assert [number_of(e) for e in reader.read()] == [5, 6]
    assert read_all(tmp_path)[0] == [0, 1, 2, 3, 5, 6]


def test_the_end_of_a_finished_segment_rots(tmp_path: Path) -> None:
    write(tmp_path, range(60), size=10)
    first = tmp_path / "segment-0000000001.log"
    flip(first, first.stat().st_size - 30)
    numbers, reader = read_all(tmp_path)
    assert len(numbers) == 59
    [damage] = reader.take_damage()
    assert (damage.end, damage.entries_lost, damage.readings_lost) == (Position(2, HEADER_BYTES), 1, 10)


def test_a_rotten_segment_header_costs_nothing(tmp_path: Path) -> None:
    write(tmp_path, range(60), size=10)
    flip(tmp_path / "segment-0000000002.log", 20)
    assert read_all(tmp_path)[0] == list(range(60))
    report = inspect(tmp_path, T0, verify=True)
    assert [bool(segment.damage) for segment in report.segments][:3] == [False, True, False]


def test_a_whole_segment_is_gone(tmp_path: Path) -> None:
    write(tmp_path, range(60), size=10)
    (tmp_path / "segment-0000000002.log").unlink()
    numbers, reader = read_all(tmp_path)
    [damage] = reader.take_damage()
    assert damage.reason is DamageReason.SEGMENT_MISSING
    assert (damage.end, damage.entries_lost) == (Position(3, HEADER_BYTES), 60 - len(numbers))


def test_verifying_names_what_a_reader_would_skip(tmp_path: Path) -> None:
    write(tmp_path, range(60), size=10)
    flip(tmp_path / "segment-0000000002.log", HEADER_BYTES + 500)
    journal = writer(tmp_path)
    report = inspect(tmp_path, T0, verify=True)
    assert not report.is_sound
    [damaged] = [segment for segment in report.segments if segment.damage]
    assert damaged.number == 2
    assert damaged.damage is not None
    assert list(damaged.damage) == read_all(tmp_path)[1].take_damage()
    assert "journal damaged from 2:" in str(damaged.damage[0])
    assert inspect(tmp_path, T0).is_sound
    assert sum(segment.entries or 0 for segment in report.segments) == report.entries == 60
    journal.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=6))
def test_any_rot_costs_only_the_entries_it_hits(
    tmp_path_factory: pytest.TempPathFactory, rot: list[tuple[float, int]]
) -> None:
    folder = tmp_path_factory.mktemp("rot")
    write(folder, range(60), size=10)
    sound = JournalReader(folder, None).read()
    begins = [Position(1, HEADER_BYTES), *(entry.position for entry in sound[:-1])]
    hit: set[int] = set()
    for where, mask in rot:
        index = int(where * len(sound))
        end = sound[index].position
        length = 64 + (10 * 22 + 7) // 8 * 8
        offset = end.offset - length + int(where * 1e6) % length
        flip(folder / f"segment-{end.segment:010d}.log", offset, mask=mask)
        hit.add(index)
    numbers, reader = read_all(folder)
    assert set(range(60)) - set(numbers) <= hit
    assert numbers == sorted(numbers)
    damage = reader.take_damage()
    assert sum(d.entries_lost or 0 for d in damage) == 60 - len(numbers)
    assert all(d.start in begins or d.start.offset == HEADER_BYTES for d in damage if d.entries_lost)
