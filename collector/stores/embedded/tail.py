"""The recent part: entries of the journal that are not yet compacted, kept in memory as they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from collector.journal import Damage, Entry, JournalReader, Position
from collector.reading import Int32s, ReadingBatch
from collector.stores.embedded.layout import days_of
from collector.stores.embedded.rows import merged, select

_BLOCK_READINGS = 65_536


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Sorted readings of consecutive entries. end: the place behind them. days: those they lie in."""

    readings: ReadingBatch
    end: Position
    days: frozenset[str]

    @classmethod
    def of(cls, batches: Sequence[ReadingBatch], end: Position) -> Block:
        """Sort and deduplicate; there is at least one reading."""
        readings = merged(batches)
        return cls(readings, end, frozenset(days_of(readings.time)))

    def select(self, points: Int32s, start_ns: int, end_ns: int) -> ReadingBatch:
        """Its readings of these points and times."""
        return select(self.readings, points, start_ns, end_ns)


class JournalTail:
    """Follows the journal from a place on. One thread at a time; the tuples it returns never change."""

    def __init__(self, folder: Path, start: Position) -> None:
        self._reader = JournalReader(folder, None, start)
        self._blocks: tuple[Block, ...] = ()

    @property
    def position(self) -> Position:
        """Up to where the journal was read."""
        return self._reader.position

    def read_on(self) -> ReadingBatch | None:
        """The readings that came since the last call, in their order; None when there are none."""
        fresh: list[ReadingBatch] = []
        while entries := self._reader.read():
            fresh += self._add(entries)
        return ReadingBatch.concat(fresh) if fresh else None

    def _add(self, entries: list[Entry]) -> list[ReadingBatch]:
        batches = [entry.readings for entry in entries if len(entry.readings)]
        if batches:
            self._blocks = _joined((*self._blocks, Block.of(batches, entries[-1].position)))
        return batches

    def forget_before(self, position: Position) -> None:
        """Drop what is compacted: whole blocks only, so that a few readings may be there twice."""
        self._blocks = tuple(block for block in self._blocks if block.end > position)

    def blocks(self) -> tuple[Block, ...]:
        """What is in memory, oldest first."""
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
        together = len(older.readings) + len(newer.readings)
        if together > _BLOCK_READINGS or len(older.readings) > 2 * len(newer.readings):
            break
        blocks = (*blocks[:-2], Block.of([older.readings, newer.readings], newer.end))
    return blocks
