"""The embedded store's one writer: compacts the journal, takes imports, keeps the folder in good order."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from collector.journal import Damage, Entry, JournalReader
from collector.journal.disk import Disk
from collector.journal.lock import FolderLock
from collector.reading import ReadingBatch
from collector.stores.base import StoreError
from collector.stores.embedded import upkeep
from collector.stores.embedded.days import split_by_day
from collector.stores.embedded.draft import Draft
from collector.stores.embedded.manifest import Manifest, SetAside
from collector.stores.embedded.shelf import Shelf
from config.clock import MINUTE, Clock

READER_NAME = "store"
MOST_READINGS = 1_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """When to compact: at so many readings in the journal, or when the oldest of them is so old (ns).

    Until then they are served from the journal: compacting seldom makes few and large parts.
    """

    readings: int = 500_000
    age_ns: int = 15 * MINUTE


class EmbeddedWriter:
    """Writes the folder of readings. Raises StoreError when another process does.

    journal_folder: the journal to compact; None for a folder that is only written to directly.
    """

    def __init__(
        self,
        folder: Path,
        journal_folder: Path | None = None,
        *,
        clock: Clock,
        pace: Pace | None = None,
        disk: Disk | None = None,
    ) -> None:
        self._clock = clock
        self._pace = pace or Pace()
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(folder / ".lock")
        holder = self._lock.take()
        if holder:
            raise StoreError(f"{folder} is written by process {holder}: stop that one first")
        with ExitStack() as undo:
            undo.callback(self._lock.release)
            self._shelf = Shelf(folder, clock, disk or Disk())
            self._reader = self._follow(journal_folder) if journal_folder else None
            undo.pop_all()

    def _follow(self, journal_folder: Path) -> JournalReader:
        return JournalReader(journal_folder, READER_NAME, self.manifest.journal)

    @property
    def manifest(self) -> Manifest:
        """What counts now."""
        return self._shelf.manifest

    def write(self, batch: ReadingBatch) -> None:
        """Store readings directly, not by way of the journal; in the folder when this returns."""
        self.write_all([batch])

    def write_all(self, batches: Iterable[ReadingBatch]) -> int:
        """Store a stream of readings, about a million at a time; returns how many."""
        written, waiting, size = 0, [], 0
        for batch in batches:
            waiting.append(batch)
            size += len(batch)
            if size >= MOST_READINGS:
                written += self._write(waiting)
                waiting, size = [], 0
        return written + self._write(waiting)

    def _write(self, batches: list[ReadingBatch]) -> int:
        readings = ReadingBatch.concat(batches)
        if len(readings):
            with self._shelf.change() as draft:
                _put(draft, readings)
            self._merge_crowded()
        return len(readings)

    def step(self) -> int:
        """One round of work: compact if it is time, then settle a day. Returns readings compacted."""
        compacted = self.compact() if self.is_due() else 0
        self.maintain(most_days=1)
        return compacted

    def is_due(self) -> bool:
        """Whether enough waits in the journal, or for long enough."""
        if self._reader is None:
            return False
        lag = self._reader.lag(self._clock.now_ns())
        waits = lag.readings is None or lag.readings >= self._pace.readings
        return lag.bytes > 0 and (waits or lag.seconds * 1e9 >= self._pace.age_ns)

    def compact(self) -> int:
        """Move all that waits in the journal into parts, exactly once; returns how many readings."""
        compacted = 0
        while self._reader is not None and (entries := self._reader.read(MOST_READINGS)):
            compacted += self._compact(self._reader, entries)
        return compacted

    def _compact(self, reader: JournalReader, entries: list[Entry]) -> int:
        readings = ReadingBatch.concat(entry.readings for entry in entries)
        try:
            with self._shelf.change() as draft:
                _put(draft, readings)
                draft.manifest.journal = entries[-1].position
        except BaseException:
            reader.seek(self.manifest.journal)
            raise
        reader.checkpoint(
            self.manifest.journal
        )  # only a copy for pruning; the manifest's place is the true one
        self._merge_crowded()
        return len(readings)

    def _merge_crowded(self) -> None:
        for day in upkeep.crowded_days(self._shelf):
            upkeep.merge_newest(self._shelf, day)

    def maintain(self, most_days: int | None = None, *, quiet_for: int = upkeep.QUIET_FOR) -> int:
        """Settle days that are over: one part, one rollup. Returns how many.

        quiet_for: how long (ns) ago a day's last part must be; 0 after an import.
        """
        days = upkeep.overdue_days(self._shelf, self._clock.now_ns(), quiet_for)[:most_days]
        for day in days:
            upkeep.settle(self._shelf, day)
        return len(days)

    def delete_before(self, cutoff_ns: int) -> int:
        """Delete raw readings older than the cutoff, those still in the journal too; hourly rollups stay."""
        self.compact()
        return upkeep.trim(self._shelf, cutoff_ns)

    def verify(self) -> list[SetAside]:
        """Check every file against its checksum; damaged ones are set aside, named and returned."""
        return upkeep.verify(self._shelf)

    def take_damage(self) -> list[Damage]:
        """What of the journal could not be read since the last call."""
        return self._reader.take_damage() if self._reader else []

    def __enter__(self) -> EmbeddedWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files and lock."""
        if self._reader:
            self._reader.close()
        self._lock.release()


def _put(draft: Draft, readings: ReadingBatch) -> None:
    for day, of_day in split_by_day(readings):
        draft.add(day, of_day)
    draft.put_latest(draft.latest.with_newer(readings))
