"""The recent part: entries of the journal that are not yet compacted.

The newest are kept in memory as they come. When compaction stays behind for long, older ones are left in the
journal and read again when a question reaches back to them, so that memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from collector.journal import Damage, DamageReason, JournalReader, Position
from collector.reading import Int32s, ReadingBatch
from collector.stores.embedded.layout import days_of
from collector.stores.embedded.part_file import FileGone
from collector.stores.embedded.rows import merged, newest_of_sorted, select

SMALL_BLOCK = 65_536
MOST_IN_MEMORY = 4_000_000
_LIKE_SIZE = 2


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Consecutive entries between two places, of `rows` readings in all.

    first, last, days: the times they lie in. newest: per point its newest one. readings: sorted; None when
    they are to be read from the journal.
    """

    folder: Path
    start: Position
    end: Position
    rows: int
    first: int
    last: int
    days: frozenset[str]
    newest: ReadingBatch
    readings: ReadingBatch | None

    @classmethod
    def of(cls, folder: Path, start: Position, end: Position, batches: Sequence[ReadingBatch]) -> Block:
        """Sort and deduplicate; there is at least one reading."""
        readings = merged(batches)
        time = readings.time
        days, newest = frozenset(days_of(time)), newest_of_sorted(readings)
        return cls(
            folder, start, end, len(readings), int(time.min()), int(time.max()), days, newest, readings
        )

    def select(self, points: Int32s, start_ns: int, end_ns: int) -> ReadingBatch:
        """Its readings of these points and times. Raises FileGone when they were compacted meanwhile."""
        if self.first >= end_ns or self.last < start_ns:
            return ReadingBatch.empty()
        return select(self.loaded(), points, start_ns, end_ns)

    def loaded(self) -> ReadingBatch:
        """All its readings."""
        if self.readings is not None:
            return self.readings
        return merged(_batches_between(self.folder, self.start, self.end))


def _batches_between(folder: Path, start: Position, end: Position) -> list[ReadingBatch]:
    """The readings of the entries in this stretch of the journal. Raises FileGone when it was pruned."""
    reader = JournalReader(folder, None, start)
    found: list[ReadingBatch] = []
    try:
        while reader.position < end and (entries := reader.read(SMALL_BLOCK)):
            found += [e.readings for e in entries if len(e.readings) and e.position <= end]
        if any(damage.reason is DamageReason.SEGMENT_MISSING for damage in reader.take_damage()):
            raise FileGone(f"journal up to {end}")
    finally:
        reader.close()
    return found


class JournalTail:
    """Follows the journal from a place on. One thread at a time; the tuples it returns never change."""

    def __init__(self, folder: Path, start: Position, most_in_memory: int = MOST_IN_MEMORY) -> None:
        self._folder = folder
        self._reader = JournalReader(folder, None, start)
        self._blocks: tuple[Block, ...] = ()
        self._most = most_in_memory

    @property
    def position(self) -> Position:
        """Up to where the journal was read."""
        return self._reader.position

    def read_on(self) -> list[ReadingBatch]:
        """Take in all that came since the last call; returns the newest reading per point, piece by piece."""
        newest = []
        start = self.position
        while entries := self._reader.read():
            batches = [entry.readings for entry in entries if len(entry.readings)]
            if batches:
                block = Block.of(self._folder, start, self.position, batches)
                self._blocks = _bounded(_joined((*self._blocks, block)), self._most)
                newest.append(block.newest)
            start = self.position
        return newest

    def forget_before(self, position: Position) -> None:
        """Drop what is compacted."""
        kept = [block for block in self._blocks if block.end > position]
        if kept and kept[0].start < position:
            rest = _batches_between(self._folder, position, kept[0].end)
            kept[:1] = [Block.of(self._folder, position, kept[0].end, rest)] if rest else []
        self._blocks = tuple(kept)

    def blocks(self) -> tuple[Block, ...]:
        """What is not compacted, oldest first."""
        return self._blocks

    def take_damage(self) -> list[Damage]:
        """What of the journal could not be read."""
        return self._reader.take_damage()

    def close(self) -> None:
        """Let go of files."""
        self._reader.close()


def _joined(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Join the newest blocks while they are of like size and small, so that there are few."""
    while len(blocks) > 1:
        older, newer = blocks[-2:]
        if older.rows + newer.rows > SMALL_BLOCK or older.rows > _LIKE_SIZE * newer.rows:
            break
        both = Block.of(older.folder, older.start, newer.end, [older.loaded(), newer.loaded()])
        blocks = (*blocks[:-2], both)
    return blocks


def _bounded(blocks: tuple[Block, ...], most: int) -> tuple[Block, ...]:
    """Leave the oldest blocks to the journal when there are too many readings in memory."""
    room = most
    bounded = []
    for block in reversed(blocks):
        room -= block.rows
        bounded.append(block if room >= 0 else replace(block, readings=None))
    return tuple(reversed(bounded))
