"""Look into a journal from outside: segments, readers, lags, and whether every checksum holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from collector.journal.bounds import Bound, Limits, measure
from collector.journal.checkpoints import CheckpointState, checkpoints
from collector.journal.committed import Committed
from collector.journal.lag import Lag, lag_of
from collector.journal.position import Counted, Position
from collector.journal.scan import Damage, DamageReason, walk_segment
from collector.journal.segment import (
    HEADER_BYTES,
    SegmentHeader,
    segment_path,
    segment_sizes,
)


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """One segment. entries, readings: None when its header or the next one is damaged.

    damage: empty when verified and every checksum holds; None when it was not verified.
    torn: bytes that crashes left unfinished, kept aside.
    """

    number: int
    path: Path
    bytes: int
    created_at: int | None
    entries: int | None
    readings: int | None
    torn: tuple[Path, ...]
    damage: tuple[Damage, ...] | None


@dataclass(frozen=True, slots=True)
class ReaderReport:
    """One registered reader, its place, and how far that lies behind the end."""

    name: str
    position: Position
    state: CheckpointState
    lag: Lag


@dataclass(frozen=True, slots=True)
class JournalReport:
    """The whole journal. entries, readings: committed since it began."""

    end: Position
    entries: int
    readings: int
    segments: tuple[SegmentReport, ...]
    readers: tuple[ReaderReport, ...]
    bounds: tuple[Bound, ...]

    @property
    def is_sound(self) -> bool:
        """No damage in what was verified."""
        return not any(segment.damage for segment in self.segments)


def inspect(
    folder: Path,
    now_ns: int,
    *,
    verify: bool = False,
    limits: Limits | None = None,
    required: tuple[str, ...] = (),
) -> JournalReport:
    """Report on the journal in `folder`, beside whichever process writes to it.

    verify: read everything that is committed and check it. Raises FileNotFoundError when there is no journal.
    """
    committed = Committed.open(folder)
    if committed is None:
        raise FileNotFoundError(f"no journal in {folder}: `caretaker collect` creates it")
    try:
        end, counted = committed.position(), committed.counted()
        return JournalReport(
            end,
            counted.entries,
            counted.readings,
            tuple(_segments(folder, end, counted, verify=verify)),
            tuple(
                ReaderReport(c.name, c.position, c.state, lag_of(folder, c.position, committed, now_ns))
                for c in checkpoints(folder, required)
            ),
            tuple(measure(folder, limits or Limits(), now_ns, required)),
        )
    finally:
        committed.close()


def _segments(folder: Path, end: Position, counted: Counted, *, verify: bool) -> Iterator[SegmentReport]:
    sizes = segment_sizes(folder)
    headers = [SegmentHeader.read(segment_path(folder, number)) for number in sizes]
    before = [header.before if header else None for header in headers]
    rows = zip(sizes.items(), headers, before, [*before[1:], counted], strict=True)
    for (number, size), header, first, after in rows:
        path = segment_path(folder, number)
        limit = end.offset if number == end.segment else size
        yield SegmentReport(
            number,
            path,
            size,
            header.created_at if header else None,
            after.entries - first.entries if first and after else None,
            after.readings - first.readings if first and after else None,
            tuple(sorted(folder.glob(f"{path.name}.*.torn"))),
            tuple(_damage(path, number, limit, first)) if verify and number <= end.segment else None,
        )


def _damage(path: Path, number: int, limit: int, before: Counted | None) -> Iterator[Damage]:
    """Every damaged stretch of one segment up to the offset `limit`."""
    place = Position(number, HEADER_BYTES)
    if before is None:
        yield Damage(Position(number, 0), place, DamageReason.CHECKSUM)
    fd = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(fd).st_size
        for walk in walk_segment(fd, place, min(limit, size), before):
            yield from walk.damage
            place = Position(number, walk.offset)
        if place.offset < limit:
            reason = DamageReason.CHECKSUM if place.offset < size else DamageReason.CUT_SHORT
            yield Damage(place, Position(number, limit), reason)
    finally:
        os.close(fd)
