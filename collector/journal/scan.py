"""Walk the frames of a segment: whole ones are decoded, damaged stretches between them are named.

Shared by reader, recovery and inspection, so that all three mean the same by "whole" and "damaged".
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from collector.journal.entry import HEADER_BYTES, MAGIC, Entry, decode, header_at, is_whole
from collector.journal.position import Counted, Position

CHUNK_BYTES = 4 << 20


class DamageReason(StrEnum):
    """Why a stretch of the journal could not be read."""

    CHECKSUM = "checksum"
    CUT_SHORT = "cut_short"
    SEGMENT_MISSING = "segment_missing"
    READER_AHEAD = "reader_ahead"


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch that was skipped: from `start` reading goes on at `end`.

    entries_lost, readings_lost: how many it held; None when nothing before it was read to count from.
    """

    start: Position
    end: Position
    reason: DamageReason
    entries_lost: int | None = None
    readings_lost: int | None = None

    def __str__(self) -> str:
        lost = "" if self.readings_lost is None else f", {self.readings_lost} readings lost"
        return f"journal damaged from {self.start} to {self.end} ({self.reason}){lost}"


@dataclass(slots=True)
class Walk:
    """Result of reading on in one segment: entries in order, damage, and the offset to read on from.

    `offset` before the limit means that no whole frame follows there: a torn tail, or damage up to the limit.
    """

    offset: int
    entries: list[Entry] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)


def whole_frames(buffer: bytes, base: int, segment: int, budget: int) -> Walk:
    """Decode the frames at the head of `buffer` (which begins at offset `base`) until one is not whole.

    Stops after the entry that reaches `budget` bytes.
    """
    walk = Walk(base)
    at = 0
    while at < budget:
        header = header_at(buffer, at)
        if header is None or not header.is_at(segment, base + at) or not is_whole(buffer, at, header):
            break
        walk.entries.append(decode(buffer, at, header))
        at += header.length
    walk.offset = base + at
    return walk


def next_whole(buffer: bytes, base: int, segment: int, after: int) -> int | None:
    """Offset of the first whole frame behind offset `after`, or None."""
    at = buffer.find(MAGIC, after - base + 1)
    while at >= 0:
        header = header_at(buffer, at)
        if header is not None and header.is_at(segment, base + at) and is_whole(buffer, at, header):
            return base + at
        at = buffer.find(MAGIC, at + 1)
    return None


def read_on(
    fd: int, place: Position, limit: int, *, budget: int = CHUNK_BYTES, last: Counted | None = None
) -> Walk:
    """Read frames of one segment from `place` up to the offset `limit`, over damage if there is any.

    One call reads about `budget` bytes, or one entry when that is larger. last: what was counted before
    `place`, so that damage can say how much it swallowed.
    """
    size = min(max(budget, HEADER_BYTES), limit - place.offset)
    buffer = os.pread(fd, size, place.offset)
    header = header_at(buffer, 0)
    if header is not None and header.is_at(*_pair(place)) and size < header.length <= limit - place.offset:
        buffer = os.pread(fd, header.length, place.offset)
    walk = whole_frames(buffer, place.offset, place.segment, budget)
    if walk.entries or place.offset >= limit:
        return walk
    return _skip(fd, place, limit, last)


def walk_segment(fd: int, place: Position, limit: int, last: Counted | None) -> Iterator[Walk]:
    """Walk after walk from `place` up to `limit`; ends early where no whole frame follows any more."""
    while place.offset < limit:
        walk = read_on(fd, place, limit, last=last)
        if walk.offset == place.offset:
            return
        yield walk
        last = walk.entries[-1].counted if walk.entries else last
        place = Position(place.segment, walk.offset)


def _pair(place: Position) -> tuple[int, int]:
    return place.segment, place.offset


def _skip(fd: int, place: Position, limit: int, last: Counted | None) -> Walk:
    """Look for the next whole frame in the rest of the segment and name what lies before it."""
    # Lengths in a damaged header cannot be trusted, so every later magic is tried.
    rest = os.pread(fd, limit - place.offset, place.offset)
    found = next_whole(rest, place.offset, place.segment, place.offset)
    if found is None:
        return Walk(place.offset)
    header = header_at(rest, found - place.offset)
    assert header is not None
    resumed = Counted(header.sequence, header.readings_before)
    damage = named(place, Position(place.segment, found), DamageReason.CHECKSUM, last, resumed)
    return Walk(found, damage=[damage])


def named(
    start: Position, end: Position, reason: DamageReason, last: Counted | None, resumed: Counted | None
) -> Damage:
    """Damage between two places, counted when both sides are known."""
    if last is None or resumed is None:
        return Damage(start, end, reason)
    return Damage(start, end, reason, resumed.entries - last.entries, resumed.readings - last.readings)
