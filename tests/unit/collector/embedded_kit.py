"""What the embedded store's tests share: a journal, its writer and a store over both in one folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from collector.journal import JournalWriter, Limits
from collector.journal.disk import Disk
from collector.reading import ReadingBatch
from collector.stores.embedded import EmbeddedStore, EmbeddedWriter
from config.clock import DAY, HOUR, MINUTE, ManualClock

D0 = 1_760_054_400_000_000_000  # a midnight
POINTS = np.arange(6, dtype=np.int32)


def batch(points: object, times: object, values: object, **more: object) -> ReadingBatch:
    """A batch received at D0."""
    return ReadingBatch.of(points, times, values, received_at=D0, **more)  # type: ignore[arg-type]


def hours_of_readings(start: int, hours: int, points: np.ndarray = POINTS) -> ReadingBatch:
    """One reading a minute per point, each with a value of its own."""
    minutes = np.arange(hours * 60)
    point = np.tile(points, len(minutes))
    time = np.repeat(start + minutes * MINUTE, len(points))
    return batch(point, time, (point * 1e6 + time / MINUTE % 1e5).round(2))


def rows(readings: ReadingBatch) -> list[tuple[int, int, float]]:
    """Point, time and value of each reading."""
    return list(zip(readings.point.tolist(), readings.time.tolist(), readings.value.tolist(), strict=True))


@dataclass
class Node:
    """A folder with a journal and the readings compacted from it."""

    folder: Path
    clock: ManualClock

    def __post_init__(self) -> None:
        self.journal = JournalWriter(
            self.folder / "journal", clock=self.clock, limits=Limits(min_free_bytes=0)
        )

    @property
    def readings(self) -> Path:
        return self.folder / "readings"

    def take(self, *batches: ReadingBatch) -> None:
        """Put the batches into the journal, one entry each."""
        for readings in batches:
            self.journal.append(readings)
        self.journal.commit()

    def writer(self, disk: Disk | None = None) -> EmbeddedWriter:
        return EmbeddedWriter(self.readings, self.folder / "journal", clock=self.clock, disk=disk)

    def store(self) -> EmbeddedStore:
        return EmbeddedStore(self.readings, self.folder / "journal")

    def everything(self) -> list[tuple[int, int, float]]:
        """All readings a new store gives."""
        store = self.store()
        try:
            return rows(store.range(POINTS, D0 - 100 * DAY, D0 + 100 * DAY))
        finally:
            store.close()


def node(folder: Path) -> Node:
    """A new node at noon of the day D0."""
    return Node(folder, ManualClock(D0 + 12 * HOUR))
