"""The journal's bounds, and how near each is: a warning comes before the bound is reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from collector.journal.checkpoints import Checkpoint, CheckpointState, checkpoints
from collector.journal.committed import Committed
from collector.journal.disk import Disk
from collector.journal.lag import lag_of
from collector.journal.segment import segment_sizes
from config.clock import DAY

GIB = 1 << 30
MIB = 1 << 20
_FREE_SPACE_WARNING = 2.0  # times the floor


class Level(StrEnum):
    """ok; warn: act now and nothing is lost; full: the bound is reached."""

    OK = "ok"
    WARN = "warn"
    FULL = "full"


class BoundName(StrEnum):
    """What is bounded."""

    SIZE = "journal_size"
    FREE_SPACE = "journal_free_space"
    READER_LAG = "journal_reader_lag"
    READER_AGE = "journal_reader_age"
    READER_GONE = "journal_reader_gone"


REMEDIES = {
    BoundName.SIZE: "find the reader that is behind with `caretaker journal`",
    BoundName.FREE_SPACE: "free space on the journal's disk",
    BoundName.READER_LAG: "see why {reader} is slow or away",
    BoundName.READER_AGE: "see why {reader} is slow or away",
    BoundName.READER_GONE: "start {reader}, or forget it if it is not wanted any more",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds in bytes and ns.

    At max_bytes, and below min_free_bytes of free disk, the journal takes no more: nothing is acknowledged.
    A reader past its lag or age bound is alarmed but not dropped. warn_at: fraction of a bound to warn at.
    """

    max_bytes: int = 8 * GIB
    min_free_bytes: int = 256 * MIB
    max_reader_lag_bytes: int = 4 * GIB
    max_reader_age_ns: int = 7 * DAY
    warn_at: float = 0.8


@dataclass(frozen=True, slots=True)
class Bound:
    """One bound: its level, the value measured (bytes; seconds for reader_age), the limit in that unit."""

    name: BoundName
    level: Level
    value: float
    limit: float
    reader: str | None = None

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return REMEDIES[self.name].format(reader=self.reader)


def measure(
    folder: Path, limits: Limits, now_ns: int, required: tuple[str, ...] = (), disk: Disk | None = None
) -> list[Bound]:
    """Every bound of the journal in `folder`, for any process. required: readers that must be registered."""
    size = sum(segment_sizes(folder).values())
    free = (disk or Disk()).free_bytes(folder)
    return [
        _bound(BoundName.SIZE, size, limits.max_bytes, limits.warn_at),
        _free_space(free, limits.min_free_bytes),
        *_readers(folder, limits, now_ns, required),
    ]


def _readers(folder: Path, limits: Limits, now_ns: int, required: tuple[str, ...]) -> Iterator[Bound]:
    committed = Committed.open(folder)
    try:
        for reader in checkpoints(folder, required):
            yield _gone(reader)
            lag = lag_of(folder, reader.position, committed, now_ns)
            name, warn_at = reader.name, limits.warn_at
            yield _bound(BoundName.READER_LAG, lag.bytes, limits.max_reader_lag_bytes, warn_at, name)
            yield _bound(BoundName.READER_AGE, lag.seconds, limits.max_reader_age_ns / 1e9, warn_at, name)
    finally:
        if committed:
            committed.close()


def _bound(name: BoundName, value: float, limit: float, warn_at: float, reader: str | None = None) -> Bound:
    level = Level.FULL if value >= limit else Level.WARN if value >= warn_at * limit else Level.OK
    return Bound(name, level, value, limit, reader)


def _free_space(free: int, floor: int) -> Bound:
    level = Level.FULL if free <= floor else Level.WARN if free <= _FREE_SPACE_WARNING * floor else Level.OK
    return Bound(BoundName.FREE_SPACE, level, free, floor)


def _gone(reader: Checkpoint) -> Bound:
    known = reader.state is CheckpointState.KNOWN
    level = Level.OK if known else Level.WARN
    return Bound(BoundName.READER_GONE, level, 0 if known else 1, 1, reader.name)
