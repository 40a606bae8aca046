"""Measured and derived readings in a store each, asked as one: each has its own journal to follow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from collector.reading import Int32s, ReadingBatch
from collector.stores.aggregates import Aggregates
from collector.stores.base import Store


class SplitStore:
    """The store contract over two stores. derived: bool by point number; numbers beyond it are measured."""

    def __init__(self, measured: Store, derived: Store, is_derived: npt.NDArray[np.bool_]) -> None:
        self._measured, self._derived = measured, derived
        self._is_derived = is_derived

    def write(self, batch: ReadingBatch) -> None:
        """Store each reading where its point belongs."""
        derived = self._of_derived(batch.point)
        for store, rows in ((self._measured, ~derived), (self._derived, derived)):
            if rows.any():
                store.write(batch.take(rows))

    def latest(self, points: Int32s) -> ReadingBatch:
        """The newest reading of each of these points that has one, by point."""
        found = [store.latest(part) for store, part in self._split(points)]
        return ReadingBatch.concat(found).sorted()

    def range(self, points: Int32s, start_ns: int, end_ns: int, limit: int | None = None) -> ReadingBatch:
        """Readings with start_ns <= time < end_ns by point and time; of these the first `limit`."""
        found = [store.range(part, start_ns, end_ns, limit) for store, part in self._split(points)]
        return ReadingBatch.concat(found).sorted().take(slice(limit))

    def aggregate(self, points: Int32s, start_ns: int, end_ns: int, window_ns: int) -> Aggregates:
        """Windows of both, by point and start."""
        found = [store.aggregate(part, start_ns, end_ns, window_ns) for store, part in self._split(points)]
        return Aggregates.concat(found)

    def delete_before(self, cutoff_ns: int) -> int:
        """Delete in both."""
        return self._measured.delete_before(cutoff_ns) + self._derived.delete_before(cutoff_ns)

    def close(self) -> None:
        """Close both."""
        self._measured.close()
        self._derived.close()

    def _of_derived(self, points: Int32s) -> npt.NDArray[np.bool_]:
        known = np.asarray(points) < len(self._is_derived)
        return known & self._is_derived[np.where(known, points, 0)]

    def _split(self, points: Int32s) -> list[tuple[Store, Int32s]]:
        """The stores with their share of the points; those without any are not asked."""
        wanted = np.asarray(points, dtype=np.int32)
        derived = self._of_derived(wanted)
        shares = [(self._measured, wanted[~derived]), (self._derived, wanted[derived])]
        return [(store, share) for store, share in shares if len(share)] or shares[:1]
