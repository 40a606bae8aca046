"""How far a place lies behind the end of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from collector.journal.committed import Committed
from collector.journal.entry import HEADER_BYTES, Header, header_at
from collector.journal.position import Position
from collector.journal.segment import HEADER_BYTES as SEGMENT_HEADER_BYTES
from collector.journal.segment import segment_path, segment_sizes


@dataclass(frozen=True, slots=True)
class Lag:
    """Unread bytes, entries and readings, and the age of the oldest unread entry in seconds.

    entries, readings: None when the entry to count from cannot be read.
    """

    bytes: int
    entries: int | None
    readings: int | None
    seconds: float


NO_LAG = Lag(0, 0, 0, 0.0)


def lag_of(folder: Path, position: Position, committed: Committed | None, now_ns: int) -> Lag:
    """The lag of a reader that stands at `position`."""
    end = committed.position() if committed else position
    if committed is None or position >= end:
        return NO_LAG
    sizes = {n: size for n, size in segment_sizes(folder).items() if n <= end.segment}
    sizes[end.segment] = end.offset
    place = _first_unread(position, sizes)
    unread = sum(size - SEGMENT_HEADER_BYTES for n, size in sizes.items() if n > place.segment)
    unread += sizes[place.segment] - place.offset
    header = _header(folder, place) if unread else None
    if unread <= 0:
        return NO_LAG
    if header is None:
        return Lag(unread, None, None, 0.0)
    counted = committed.counted()
    age = max(0, now_ns - header.written_at) / 1e9
    entries = max(0, counted.entries - header.sequence)
    return Lag(unread, entries, max(0, counted.readings - header.readings_before), age)


def _first_unread(position: Position, sizes: dict[int, int]) -> Position:
    for number, size in sizes.items():
        if number == position.segment and position.offset < size:
            return Position(number, max(position.offset, SEGMENT_HEADER_BYTES))
        if number > position.segment and size > SEGMENT_HEADER_BYTES:
            return Position(number, SEGMENT_HEADER_BYTES)
    last = max(sizes)
    return Position(last, sizes[last])


def _header(folder: Path, place: Position) -> Header | None:
    """The header of the frame there, or None when it is gone or damaged."""
    try:
        with segment_path(folder, place.segment).open("rb") as file:
            file.seek(place.offset)
            header = header_at(file.read(HEADER_BYTES), 0)
    except FileNotFoundError:
        return None
    return header if header and header.is_at(place.segment, place.offset) else None
