"""The embedded store as every process reads it: Parquet parts and the journal's newest entries, as one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from collector.journal import Damage
from collector.reading import Int32s, ReadingBatch
from collector.stores.aggregates import Aggregates
from collector.stores.base import StoreError
from collector.stores.embedded.part_file import FileGone, PartFiles
from collector.stores.embedded.query import Query
from collector.stores.embedded.rows import in_order
from collector.stores.embedded.tail import MOST_IN_MEMORY
from collector.stores.embedded.view import Views
from collector.stores.embedded.writer import EmbeddedWriter
from config.clock import Clock, SystemClock

_TRIES = 10

T = TypeVar("T")


class EmbeddedStore:
    """The store contract over a folder of readings. Queries may come from several threads at once.

    journal_folder: what is in the journal and not yet compacted is part of every answer; the newest
    `most_in_memory` readings of it are held in memory, older ones are read from the journal when asked for.
    `write` and `delete_before` make this process the folder's writer until `close`; they raise StoreError
    while another process is that. `damaged` names files that were passed over because they cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        journal_folder: Path | None = None,
        *,
        clock: Clock | None = None,
        most_in_memory: int = MOST_IN_MEMORY,
    ) -> None:
        self.folder = folder
        self.damaged: dict[str, str] = {}
        self._journal = journal_folder
        self._clock = clock or SystemClock()
        self._views = Views(folder, journal_folder, most_in_memory)
        self._files = PartFiles(folder)
        self._writing: EmbeddedWriter | None = None

    def write(self, batch: ReadingBatch) -> None:
        """Store the readings directly; in the folder when this returns."""
        self._writer().write(batch)

    def latest(self, points: Int32s) -> ReadingBatch:
        """The newest reading of each of these points that has one, by point."""
        return self._views.now().latest.of(in_order(points))

    def range(self, points: Int32s, start_ns: int, end_ns: int, limit: int | None = None) -> ReadingBatch:
        """Readings with start_ns <= time < end_ns by point and time; of these the first `limit`."""
        wanted = in_order(points)
        readings = self._ask(lambda query: query.range(wanted, start_ns, end_ns))
        return readings if limit is None else readings.take(slice(limit))

    def aggregate(self, points: Int32s, start_ns: int, end_ns: int, window_ns: int) -> Aggregates:
        """Windows start_ns + k * window_ns of [start_ns, end_ns). Raises ValueError for a window of 0."""
        if window_ns < 1:
            raise ValueError(f"window_ns={window_ns}: at least 1")
        wanted = in_order(points)
        return self._ask(lambda query: query.aggregate(wanted, start_ns, end_ns, window_ns))

    def delete_before(self, cutoff_ns: int) -> int:
        """Delete raw readings older than the cutoff; hourly rollups stay and still answer `aggregate`."""
        return self._writer().delete_before(cutoff_ns)

    def take_damage(self) -> list[Damage]:
        """What of the journal could not be read since the last call."""
        return self._views.take_damage()

    def close(self) -> None:
        """Let go of files, and of the folder if this process wrote to it."""
        self._views.close()
        if self._writing is not None:
            self._writing.close()
            self._writing = None

    def _writer(self) -> EmbeddedWriter:
        if self._writing is None:
            self._writing = EmbeddedWriter(self.folder, self._journal, clock=self._clock)
        return self._writing

    def _ask(self, question: Callable[[Query], T]) -> T:
        """Answer from the newest view; again when the writer merged a file away meanwhile."""
        gone: set[str] = set()
        for _ in range(_TRIES):
            query = Query(self.folder, self._views.now(), self._files, self.damaged)
            try:
                return question(query)
            except FileGone as file:
                if file.name in gone:
                    self.damaged[file.name] = "the file is missing"
                gone.add(file.name)
        raise StoreError(f"{self.folder}: files keep changing while they are read; try again")
