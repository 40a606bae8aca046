"""The recent past of each asset, as rows thin enough to keep: what a window function looks back at.

A window is cut into 512 buckets of time; of each bucket the last row is kept (a *knot*). With rows no closer
than a bucket that is every row; with closer ones the window's start is exact to 1/512 of its length. Look-ups
use knots only, also among rows not thinned yet, so results do not depend on how rows came in batches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics import segments
from analytics.frame import KindFrame
from analytics.memory import State
from analytics.segments import Bools, Rows
from collector.reading import Float64s, Int32s, Int64s

BUCKETS = 512
_MICROSECOND = 1000


@dataclass(frozen=True)
class Merged:
    """Kept rows and new rows of the assets present, asset by asset in order of time.

    begins: first row of each asset; new: places of the frame's rows; columns: float64, by name; those of new
    rows are NaN until they are set. run: of every row, which asset present it is of.
    """

    time: Int64s
    columns: dict[str, Float64s]
    run: Rows
    begins: Rows
    new: Rows
    knot: Bools

    @property
    def ends(self) -> Rows:
        """Last row of each asset."""
        return np.append(self.begins[1:], len(self.time)) - 1

    @property
    def before_new(self) -> Rows:
        """For each new row the row before it; the row itself if it is its asset's first."""
        return np.maximum(self.new - 1, self.begins[self.run[self.new]])

    def knot_at(self, rows: Rows, back_ns: int) -> Rows:
        """The last knot at least `back_ns` before each row; the asset's first row if there is none."""
        knots = np.flatnonzero(self.knot)
        key = self._key(self.time, self.run, back_ns)
        wanted = self._key(self.time[rows] - back_ns, self.run[rows], back_ns)
        found = np.searchsorted(key[knots], wanted, side="right") - 1
        place = knots[np.maximum(found, 0)]
        first = self.begins[self.run[rows]]
        return np.where((found >= 0) & (place >= first), place, first)

    def _key(self, time: Int64s, run: Rows, back_ns: int) -> Int64s:
        """Rises over all assets: time within the asset's own stretch of numbers, in microseconds."""
        low = (int(self.time.min()) - back_ns) // _MICROSECOND
        span = int(self.time.max()) // _MICROSECOND - low + 1
        key: Int64s = time // _MICROSECOND - low + run * span
        return key


class Tail:
    """The kept rows of every asset of a kind, for one window."""

    def __init__(self, assets: int, window_ns: int, columns: Sequence[str]) -> None:
        self.bucket_ns = max(1, window_ns // BUCKETS)
        self.window_ns = window_ns
        self.names = tuple(columns)
        self.count = np.zeros(assets, dtype=np.int64)
        self.time = np.zeros((assets, 4), dtype=np.int64)
        self.columns = {name: np.full((assets, 4), np.nan) for name in self.names}

    def merge(self, frame: KindFrame) -> Merged:
        """The kept rows of the assets in the frame, with the frame's rows after them."""
        kept = self.count[frame.present]
        added = segments.lengths(frame.begins, len(frame))
        begins = np.concatenate(([0], np.cumsum(kept + added)[:-1]))
        run = np.repeat(np.arange(len(begins)), kept + added)
        old = np.arange(len(run)) - begins[run] < kept[run]
        new = np.flatnonzero(~old)
        there = np.arange(self.time.shape[1]) < kept[:, None]
        time = np.empty(len(run), dtype=np.int64)
        time[old], time[new] = self.time[frame.present][there], frame.time
        columns = {}
        for name in self.names:
            columns[name] = np.full(len(run), np.nan)
            columns[name][old] = self.columns[name][frame.present][there]
        bucket = time // self.bucket_ns
        knot = np.append((bucket[1:] != bucket[:-1]) | (run[1:] != run[:-1]), [True])
        # The oldest row says since when the window has been watched.
        knot[begins] = True
        return Merged(time, columns, run, begins.astype(np.intp), new, knot)

    def keep(self, present: Int32s, merged: Merged, sums: Sequence[str] = ()) -> None:
        """Keep the knots that the window still reaches, and the one before it.

        `sums`: columns that only differ in use; they start from 0 again, so that years do not wear them out.
        """
        oldest = merged.knot_at(merged.ends, self.window_ns)
        keep = np.flatnonzero(merged.knot & (np.arange(len(merged.run)) >= oldest[merged.run]))
        run = merged.run[keep]
        first = segments.starts(run)
        place = np.arange(len(keep)) - first[run]
        self.count[present] = segments.lengths(first, len(keep))
        self._grow(int(place.max()) + 1)
        self.time[present[run], place] = merged.time[keep]
        for name in self.names:
            column = merged.columns[name][keep]
            self.columns[name][present[run], place] = column - column[first][run] if name in sums else column

    def _grow(self, width: int) -> None:
        have = self.time.shape[1]
        if width > have:
            more = ((0, 0), (0, max(width, 2 * have) - have))
            self.time = np.pad(self.time, more)
            self.columns = {n: np.pad(c, more, constant_values=np.nan) for n, c in self.columns.items()}

    def save(self) -> State:
        """The kept rows as arrays with one row per asset."""
        return {"count": self.count, "time": self.time, **{f"c.{n}": c for n, c in self.columns.items()}}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take kept rows back; `saved` has one row per asset of this kind."""
        self.count, self.time = saved["count"], saved["time"]
        self.columns = {name: saved[f"c.{name}"] for name in self.names}
