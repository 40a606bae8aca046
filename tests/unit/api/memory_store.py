"""A store in memory, for tests of what stands before it."""

from __future__ import annotations

import numpy as np

from collector.reading import Int32s, ReadingBatch
from collector.stores.aggregates import Aggregates


class MemoryStore:
    """Keeps one batch, sorted by point and time, the last written of each."""

    def __init__(self) -> None:
        self.batch = ReadingBatch.empty()

    def write(self, batch: ReadingBatch) -> None:
        joined = ReadingBatch.concat([self.batch, batch]).sorted()
        same = (joined.point[1:] == joined.point[:-1]) & (joined.time[1:] == joined.time[:-1])
        self.batch = joined.take(np.append(~same, True))

    def latest(self, points: Int32s) -> ReadingBatch:
        found = self.batch.take(np.isin(self.batch.point, points))
        return found.take(np.append(found.point[1:] != found.point[:-1], True)[: len(found)])

    def range(self, points: Int32s, start_ns: int, end_ns: int, limit: int | None = None) -> ReadingBatch:
        b = self.batch
        rows = np.isin(b.point, points) & (b.time >= start_ns) & (b.time < end_ns)
        return b.take(rows).take(slice(0, limit))

    def aggregate(self, points: Int32s, start_ns: int, end_ns: int, window_ns: int) -> Aggregates:
        found = self.range(points, start_ns, end_ns)
        window = start_ns + (found.time - start_ns) // window_ns * window_ns
        keys = list(dict.fromkeys(zip(found.point.tolist(), window.tolist(), strict=True)))
        rows = [found.value[(found.point == p) & (window == w)] for p, w in keys]
        return Aggregates(
            np.array([p for p, _ in keys], np.int32),
            np.array([w for _, w in keys], np.int64),
            np.array([len(r) for r in rows], np.int64),
            *(np.array([f(r) for r in rows], np.float64) for f in (np.min, np.max, np.mean, _first, _last)),
        )

    def delete_before(self, cutoff_ns: int) -> int:
        raise AssertionError("the api never deletes readings")

    def close(self) -> None:
        """Nothing is held."""


def _first(values: np.ndarray) -> float:
    return float(values[0])


def _last(values: np.ndarray) -> float:
    return float(values[-1])
