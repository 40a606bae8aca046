"""The newest readings of every point, in memory: enough to know a redelivered or late one for what it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s, Int32s, Int64s
from collector.wire.base import NO_TIME

Bools = npt.NDArray[np.bool_]
KEPT = 32
_FEW_POINTS = 60_000


@dataclass(frozen=True, slots=True)
class Found:
    """Per row asked: whether the point has a reading at this time, its value, and whether "no" is certain."""

    there: Bools
    value: Float64s
    certain: Bools


class Recent:
    """A ring of readings per point, and per point the newest time ever seen.

    Everything stored of a point at or after its `floor` is in its ring, so there a miss is certain.
    """

    def __init__(self, points: int) -> None:
        self._slots = KEPT if points <= _FEW_POINTS else 8
        self._time = np.full((points, self._slots), NO_TIME)
        self._value = np.zeros((points, self._slots))
        self._used = np.zeros(points, dtype=np.int64)
        self.newest = np.full(points, NO_TIME)
        self._floor = np.full(points, NO_TIME)
        self._place = np.zeros(points, dtype=np.int64)

    def start_at(self, point: Int32s, newest: Int64s) -> None:
        """What is stored already: up to there only the store can say that a reading is not there."""
        self.newest[point] = np.maximum(self.newest[point], newest)
        self._floor[point] = np.maximum(self._floor[point], newest + 1)

    def all_differ(self, point: Int32s) -> bool:
        """Whether no point comes twice."""
        rows = np.arange(len(point))
        self._place[point] = rows
        return bool((self._place[point] == rows).all())

    def find(self, point: Int32s, time: Int64s) -> Found:
        """Look for readings of these points at these times."""
        hits = self._time[point] == time[:, None]
        there = hits.any(axis=1)
        value = self._value[point, hits.argmax(axis=1)]
        return Found(there, value, there | (time >= self._floor[point]))

    def add(self, point: Int32s, time: Int64s, value: Float64s) -> None:
        """Remember readings that are not there yet; the oldest arrivals of a point make room."""
        if not self.all_differ(point):
            self._add_several(point, time, value)
            return
        gone = self._put(point, time, value, self._used[point])
        self._floor[point] = np.maximum(self._floor[point], gone + 1)
        self._used[point] += 1
        self.newest[point] = np.maximum(self.newest[point], time)

    def _add_several(self, point: Int32s, time: Int64s, value: Float64s) -> None:
        order = np.argsort(point, kind="stable")
        point, time, value = point[order], time[order], value[order]
        first = np.flatnonzero(np.concatenate([[True], point[1:] != point[:-1]]))
        counts = np.diff(np.append(first, len(point)))
        owners = point[first]
        rank = np.arange(len(point)) - np.repeat(first, counts)
        kept = rank >= np.repeat(counts - self._slots, counts)
        places = self._used[point] + rank
        gone = time.copy()  # of those that find no room at all, their own time
        gone[kept] = self._put(point[kept], time[kept], value[kept], places[kept])
        self._floor[owners] = np.maximum(self._floor[owners], np.maximum.reduceat(gone, first) + 1)
        self._used[owners] += counts
        self.newest[owners] = np.maximum(self.newest[owners], np.maximum.reduceat(time, first))

    def _put(self, point: Int32s, time: Int64s, value: Float64s, place: Int64s) -> Int64s:
        """Write into free or oldest slots, each once; returns the times overwritten (NO_TIME: was free)."""
        slot = place % self._slots
        gone: Int64s = self._time[point, slot]
        self._time[point, slot] = time
        self._value[point, slot] = value
        return gone
