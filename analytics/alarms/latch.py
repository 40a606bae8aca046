"""Deadband and delays for many conditions at once.

A condition turns on in rows that are `on`, off in rows that are `off`; in others (the deadband, or nothing
is known) it stays. What it turned to must then last for the on-delay or off-delay, in reading time. A reading
stands for one interval of its point; what must last longer needs a later one. Rows are taken as if one after
the other, so results do not depend on how they came in batches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics import segments
from analytics.filling import NEVER, Wide
from analytics.memory import State
from analytics.segments import Bools, Rows
from collector.reading import Int32s, Int64s


@dataclass(frozen=True, slots=True)
class LatchRows:
    """Rows of series (assets, points), series by series, as in `KindFrame`; `series`: those present."""

    wide: Wide
    series: Int32s
    run: Rows
    time: Int64s
    until: Int64s
    arrived: Int64s


@dataclass(frozen=True, slots=True)
class Flips:
    """Conditions that changed for good: which, of which series, when (UTC ns), to what, seen in which row.

    row: -1 where time passed without a row.
    """

    condition: Rows
    series: npt.NDArray[np.integer]
    at: Int64s
    active: Bools
    row: Rows


class Latch:
    """The memory of c conditions on n series. Delays int64[c, n], stands int64[c], all in ns."""

    def __init__(self, on_delay: Int64s, off_delay: Int64s, stands: Int64s) -> None:
        shape = on_delay.shape
        self.on_delay, self.off_delay, self.stands = on_delay, off_delay, stands
        self.raw = np.zeros(shape, dtype=np.bool_)
        self.held = np.zeros(shape, dtype=np.bool_)
        self.unknown = np.ones(shape, dtype=np.bool_)
        self.since = np.full(shape, NEVER, dtype=np.int64)
        self.last = np.full(shape[1], NEVER, dtype=np.int64)

    def advance(self, rows: LatchRows, on: Bools, off: Bools, unknown: Bools) -> list[Flips]:
        """Take rows in. on, off, unknown: bool[c, rows]."""
        flips = [self.elapse(rows.series, rows.arrived)]
        # Almost always nothing is on, and then there is nothing to fill or to time.
        busy = on.any(axis=1) | (self.raw | self.held)[:, rows.series].any(axis=1)
        which = np.flatnonzero(busy)
        if len(which):
            flips.append(self._advance(which, rows, on[which], off[which], unknown[which]))
        ends = np.append(rows.wide.carry[1:] - np.arange(1, len(rows.series)), len(rows.time)) - 1
        self.unknown[:, rows.series] = unknown[:, ends]
        self.last[rows.series] = rows.time[ends]
        return [f for f in flips if len(f.at)]

    def elapse(self, series: Int32s, until: Int64s) -> Flips:
        """Delays of these series that run out by `until` (UTC ns, one each) with no further row."""
        raw, held, last = self.raw[:, series], self.held[:, series], self.last[series]
        pending = (raw != held) & ~self.unknown[:, series]
        if not pending.any():
            return _none()
        delay = np.where(raw, self.on_delay[:, series], self.off_delay[:, series])
        due = self.since[:, series] + delay
        reach = np.maximum(last, np.minimum(until, last + self.stands[:, None]))
        condition, place = np.nonzero(pending & (due <= reach))
        self.held[condition, series[place]] = raw[condition, place]
        at = np.maximum(last[place], due[condition, place])
        return Flips(condition, series[place], at, raw[condition, place], np.full(len(at), -1))

    def _advance(self, which: Rows, rows: LatchRows, on: Bools, off: Bools, unknown: Bools) -> Flips:
        wide, series = rows.wide, rows.series
        place, carry = wide.place, wide.carry
        of = np.empty(wide.size, dtype=np.int64)
        of[place], of[carry] = series[rows.run], series
        time, until = np.empty((2, wide.size), dtype=np.int64)
        time[place], time[carry] = rows.time, self.last[series]
        # What ran out between the rows before and these was settled by `elapse` already.
        until[place], until[carry] = rows.until, NEVER
        raw = _filled(wide, on | off, on, self.raw[which][:, series])
        changed = np.zeros(raw.shape, dtype=np.bool_)
        changed[:, 1:] = raw[:, 1:] != raw[:, :-1]
        since = _filled(wide, changed[:, place], time[place], self.since[which][:, series])
        due = since + np.where(raw, self.on_delay[which][:, of], self.off_delay[which][:, of])
        reach = np.maximum(time, np.minimum(until, time + self.stands[which][:, None]))
        settled = (due <= reach)[:, place] & ~unknown
        held = _filled(wide, settled, raw[:, place], self.held[which][:, series])
        flipped = np.zeros(held.shape, dtype=np.bool_)
        flipped[:, 1:] = held[:, 1:] != held[:, :-1]
        flipped[:, carry] = False
        condition, at = np.nonzero(flipped)
        ends = wide.ends
        self.raw[which[:, None], series] = raw[:, ends]
        self.since[which[:, None], series] = since[:, ends]
        self.held[which[:, None], series] = held[:, ends]
        when = np.maximum(time[at], due[condition, at])
        return Flips(which[condition], of[at], when, held[condition, at], at - rows_before(wide, at))

    def hold_as(self, held: Bools) -> None:
        """Take bool[c, n] for what holds; series that were never seen go on from there."""
        self.held = held.copy()
        unseen = self.last == NEVER
        self.raw[:, unseen] = held[:, unseen]

    def save(self) -> State:
        """Everything remembered; series run along the first axis."""
        found = {"raw": self.raw.T, "held": self.held.T, "unknown": self.unknown.T, "since": self.since.T}
        return {**found, "last": self.last}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take it back."""
        self.raw, self.held = saved["raw"].T.copy(), saved["held"].T.copy()
        self.unknown, self.since = saved["unknown"].T.copy(), saved["since"].T.copy()
        self.last = saved["last"].copy()


def rows_before(wide: Wide, at: Rows) -> Rows:
    """How many rows of what was known stand before (or at) these places."""
    return np.searchsorted(wide.carry, at, side="right")


def _filled(wide: Wide, mark: Bools, values: npt.NDArray[Any], before: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """`values` where marked, filled forward from `before`; over the wide places."""
    shape = (before.shape[0], wide.size)
    marked, value = np.ones(shape, dtype=np.bool_), np.empty(shape, dtype=before.dtype)
    marked[:, wide.place] = mark
    value[:, wide.place], value[:, wide.carry] = values, before
    return segments.take(value, segments.last_where(marked))


def _none() -> Flips:
    empty = np.zeros(0, dtype=np.int64)
    return Flips(empty, empty, empty, empty.astype(np.bool_), empty)
