"""Readings per window of time: count, smallest, largest, mean, first and last, vectorised over points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s, Int32s, Int64s, Quality, ReadingBatch


@dataclass(frozen=True, slots=True, eq=False)
class Aggregates:
    """One row per point and window that holds a reading, by point, then window.

    window: UTC ns at which it starts. count: readings in it. The others: float64 in the point's unit.
    """

    point: Int32s
    window: Int64s
    count: Int64s
    min: Float64s
    max: Float64s
    mean: Float64s
    first: Float64s
    last: Float64s

    def __len__(self) -> int:
        return len(self.point)

    @classmethod
    def empty(cls) -> Aggregates:
        """No rows."""
        kinds = (np.int32, np.int64, np.int64, *[np.float64] * 5)
        return cls(*(np.empty(0, kind) for kind in kinds))

    @classmethod
    def concat(cls, parts: Iterable[Aggregates]) -> Aggregates:
        """All rows of all parts, sorted by point and window."""
        rows = [part for part in parts if len(part)]
        if len(rows) <= 1:
            return rows[0] if rows else cls.empty()
        names = [field.name for field in fields(cls)]
        joined = cls(*(np.concatenate([getattr(part, name) for part in rows]) for name in names))
        return joined.take(np.lexsort((joined.window, joined.point)))

    def take(self, rows: npt.NDArray[Any] | slice) -> Aggregates:
        """These rows (mask, indices or slice)."""
        return Aggregates(*(getattr(self, field.name)[rows] for field in fields(self)))


def aggregate_sorted(readings: ReadingBatch, start_ns: int, window_ns: int) -> Aggregates:
    """Aggregate readings sorted by point and time into windows `start_ns + k * window_ns`.

    Readings of bad quality are left out: they are known to be wrong.
    """
    good = readings.quality != Quality.BAD
    if not good.all():
        readings = readings.take(good)
    if not len(readings):
        return Aggregates.empty()
    index = (readings.time - start_ns) // window_ns
    begins = _begins(readings.point, index)
    ends = np.append(begins[1:], len(readings))
    value, count = readings.value, ends - begins
    return Aggregates(
        readings.point[begins],
        start_ns + index[begins] * window_ns,
        count,
        np.minimum.reduceat(value, begins),
        np.maximum.reduceat(value, begins),
        np.add.reduceat(value, begins) / count,
        value[begins],
        value[ends - 1],
    )


def combine(finer: Aggregates, start_ns: int, window_ns: int) -> Aggregates:
    """Put sorted rows of finer windows together into windows `start_ns + k * window_ns`.

    Every finer window must lie within one of the coarser ones.
    """
    if not len(finer):
        return finer
    index = (finer.window - start_ns) // window_ns
    begins = _begins(finer.point, index)
    ends = np.append(begins[1:], len(finer))
    count = np.add.reduceat(finer.count, begins)
    return Aggregates(
        finer.point[begins],
        start_ns + index[begins] * window_ns,
        count,
        np.minimum.reduceat(finer.min, begins),
        np.maximum.reduceat(finer.max, begins),
        np.add.reduceat(finer.mean * finer.count, begins) / count,
        finer.first[begins],
        finer.last[ends - 1],
    )


def _begins(point: Int32s, index: Int64s) -> npt.NDArray[np.intp]:
    """Rows at which a new point or window begins."""
    new = np.empty(len(point), dtype=np.bool_)
    new[0] = True
    np.not_equal(point[1:], point[:-1], out=new[1:])
    new[1:] |= index[1:] != index[:-1]
    return np.flatnonzero(new)
