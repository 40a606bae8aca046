"""The newest reading of every point, as one table ordered by point."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from collector.journal.disk import Disk
from collector.reading import Int32s, ReadingBatch
from collector.stores.embedded.parquet import readings_from, write_readings
from collector.stores.embedded.rows import merged, newest_of_sorted


class Latest:
    """Immutable: `with_newer` gives another table."""

    def __init__(self, readings: ReadingBatch | None = None) -> None:
        self.readings = readings if readings is not None else ReadingBatch.empty()

    def with_newer(self, batch: ReadingBatch) -> Latest:
        """The table after these readings (any order; of equal times the last row wins)."""
        if not len(batch):
            return self
        newest = newest_of_sorted(merged([batch]))
        return Latest(newest_of_sorted(merged([self.readings, newest])))

    def of(self, points: Int32s) -> ReadingBatch:
        """The rows of these points (ascending, each once)."""
        table = self.readings
        if not len(table):
            return table
        at = np.minimum(np.searchsorted(table.point, points), len(table) - 1)
        return table.take(at[table.point[at] == points])

    def since(self, cutoff_ns: int) -> Latest:
        """Without the points whose newest reading is older."""
        return Latest(self.readings.take(self.readings.time >= cutoff_ns))

    def save(self, path: Path, disk: Disk) -> None:
        """Write it to a new file."""
        write_readings(path, self.readings, disk)

    @classmethod
    def load(cls, path: Path) -> Latest:
        """Read it from a file."""
        return cls(
            readings_from(pq.ParquetFile(path, page_checksum_verification=True).read(use_threads=False))
        )
