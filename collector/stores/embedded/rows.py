"""Sorted readings: merge them, keep each point and time once, pick points and times out of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from collector.reading import Int32s, ReadingBatch


def merged(batches: Sequence[ReadingBatch]) -> ReadingBatch:
    """All readings by point and time, each once: the last row of the last batch wins."""
    return deduplicated(ReadingBatch.concat(batches))


def deduplicated(readings: ReadingBatch) -> ReadingBatch:
    """Sorted by point and time, each once: the last row wins. Costs no copy when that is so already."""
    ascending, repeated = _order(readings)
    if not ascending:
        readings = readings.sorted()
        _, repeated = _order(readings)
    if repeated is None:
        return readings
    keep = np.append(~repeated, True)
    return readings.take(keep)


def newest_of_sorted(readings: ReadingBatch) -> ReadingBatch:
    """Per point its last row, of rows sorted by point and time; there is at least one."""
    return readings.take(np.append(readings.point[1:] != readings.point[:-1], True))


def _order(readings: ReadingBatch) -> tuple[bool, npt.NDArray[np.bool_] | None]:
    """Whether rows ascend, and a mask of rows that the next one repeats (None: no row is repeated)."""
    point, time = readings.point, readings.time
    same = point[1:] == point[:-1]
    ascending = bool(np.all((point[1:] > point[:-1]) | (same & (time[1:] >= time[:-1]))))
    repeated = same & (time[1:] == time[:-1])
    return ascending, repeated if repeated.any() else None


def select(readings: ReadingBatch, points: Int32s, start_ns: int, end_ns: int) -> ReadingBatch:
    """The readings of these points (ascending, each once) in [start_ns, end_ns), out of sorted ones."""
    left = np.searchsorted(readings.point, points, "left")
    length = np.searchsorted(readings.point, points, "right") - left
    found = int(length.sum())
    if found < len(readings):
        first = np.repeat(left - np.append(0, np.cumsum(length)[:-1]), length)
        readings = readings.take(first + np.arange(found))
    inside = (readings.time >= start_ns) & (readings.time < end_ns)
    return readings if inside.all() else readings.take(inside)


def in_order(points: Int32s) -> Int32s:
    """Point numbers ascending, each once."""
    return np.unique(np.asarray(points, dtype=np.int32))
