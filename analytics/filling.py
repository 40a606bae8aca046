"""Filling forward: which reading is the latest of its point at every row, and how old it is there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics import segments
from analytics.layout import SILENT_INTERVALS
from analytics.segments import Bools, Rows
from collector.reading import Float64s, Int32s, Int64s
from config.clock import HOUR

NEVER = -(1 << 62)
LONGEST_PACE = HOUR
"""A point that comes slower than configured is waited for at that pace, but no longer than this."""


@dataclass(frozen=True, slots=True)
class Wide:
    """Places of the rows when a row of what was known goes before each asset's first one."""

    place: Rows
    carry: Rows
    size: int

    @classmethod
    def of(cls, begins: Rows, run: Rows) -> Wide:
        """begins: first row of each asset present; run: of every row, which of these assets it is of."""
        return cls(np.arange(len(run)) + run + 1, begins + np.arange(len(begins)), len(run) + len(begins))

    @property
    def ends(self) -> Rows:
        """Last place of each asset."""
        return np.append(self.carry[1:], self.size) - 1

    def latest(self, column: Int32s, at: Rows, points: int) -> tuple[Bools, Rows]:
        """Where something was measured, and for each column and place which source is the latest there.

        Sources are numbered: first what was known, asset by asset and point by point, then the readings.
        """
        shape = (points, self.size)
        mark, source = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.int32)
        carried = len(self.carry) * points
        source[:, self.carry] = np.arange(carried, dtype=np.int32).reshape(-1, points).T
        source[column, at] = carried + np.arange(len(at), dtype=np.int32)
        mark[:, self.carry] = True
        mark[column, at] = True
        return mark, segments.take(source, segments.last_where(mark))


@dataclass(frozen=True, slots=True)
class Sources:
    """Value, time and pace (time since the reading before) of what was known and what has arrived."""

    value: Float64s
    time: Int64s
    pace: Int64s

    def age(self, latest: Rows, time: Int64s) -> Int64s:
        """How old the latest is at these times; what never was is not old."""
        then = self.time[latest]
        return np.where(then == NEVER, 0, time - then)

    def limit(self, latest: Rows, silent_after: Int64s) -> Int64s:
        """The age beyond which it is no longer known."""
        return np.maximum(silent_after, np.minimum(SILENT_INTERVALS * self.pace[latest], LONGEST_PACE))
