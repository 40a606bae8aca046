"""Window functions that look at single values: change, extremes, how long ago."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from analytics import segments
from analytics.derived.past import WATCHED, Past
from analytics.derived.tails import Merged
from analytics.filling import NEVER
from analytics.frame import KindFrame
from analytics.memory import State
from analytics.segments import Rows
from collector.reading import Float64s, Int64s
from config.clock import SECOND


class Change(Past):
    """Value now minus value at the window's start."""

    def _answer(self, merged: Merged, start: Rows) -> Float64s:
        value = merged.columns["value"]
        return np.where(self._watched(merged, start, 1.0), value[merged.new] - value[start], np.nan)


class Minimum(Past):
    """Lowest value: that at the window's start and all after it."""

    columns = ("extreme",)
    further: ClassVar[np.ufunc] = np.fmin

    def _prepare(self, merged: Merged, frame: KindFrame) -> None:  # noqa: ARG002 - the base's signature
        merged.columns["extreme"][merged.new] = merged.columns["value"][merged.new]

    def _answer(self, merged: Merged, start: Rows) -> Float64s:
        after = _range(self.further, merged.columns["extreme"], start + 1, merged.new)
        found = self.further(merged.columns["value"][start], after)
        return np.where(self._watched(merged, start, WATCHED), found, np.nan)

    def _thin(self, merged: Merged) -> None:
        knots = np.flatnonzero(merged.knot)
        first = np.concatenate(([0], knots[:-1] + 1))
        extreme = merged.columns["extreme"]
        extreme[knots] = self.further.reduceat(extreme, first)


class Maximum(Minimum):
    """Highest value: that at the window's start and all after it."""

    further = np.fmax


class SinceTrue:
    """Seconds since the value was last above 0, no more than the window."""

    def __init__(self, assets: int, window_ns: int, hold_ns: int) -> None:  # noqa: ARG002 - all tracks are made alike
        self.window_ns = window_ns
        self.last = np.full(assets, NEVER, dtype=np.int64)

    def evaluate(self, frame: KindFrame, values: Float64s) -> Float64s:
        """See `Track`."""
        true = values > 0
        mark = true.copy()
        mark[frame.begins] = True
        latest = segments.last_where(mark)
        time: Int64s = np.where(true, frame.time, NEVER)
        starts = frame.begins
        time[starts] = np.where(true[starts], frame.time[starts], self.last[frame.present])
        last = time[latest]
        self.last[frame.present] = last[frame.ends]
        ago: Float64s = np.minimum(frame.time - last, self.window_ns) / SECOND
        return ago

    def save(self) -> State:
        """See `Track`."""
        return {"last": self.last}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """See `Track`."""
        self.last = saved["last"]


def _range(extreme: np.ufunc, values: Float64s, first: Rows, last: Rows) -> Float64s:
    """The extreme of values[first … last] for every pair; NaN where first > last.

    Sparse table: the extreme over any stretch is that of two overlapping stretches of a power of two.
    """
    length = last - first + 1
    result = np.full(len(first), np.nan)
    level, table = 0, values
    while (width := 1 << level) <= int(length.max(initial=0)):
        here = np.flatnonzero((length >= width) & (length < 2 * width))
        result[here] = extreme(table[first[here]], table[last[here] - width + 1])
        if len(table) > width:
            table = extreme(table[:-width], table[width:])
        level += 1
    return result
