"""Signs that are on their way: a daily mean that has left the asset's own level and nears the limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics import segments
from analytics.faults.margins import Margin
from analytics.frame import KindFrame
from analytics.kinds import Framed
from analytics.layout import KindLayout
from analytics.memory import State
from analytics.segments import Bools, Rows
from config.clock import DAY

WARM_DAYS = 7
"""Days that teach what is usual; before, nothing is said to creep."""
_SHARE, _BACK = 0.25, 0.15
_DEVIATIONS = 4.0
_IN_A_ROW = 2
_MOST_LEARNT = 2.0
_FORGETTING = 1 / 45
_FEWEST_ROWS = 4
_NEVER = -1

Table = npt.NDArray[np.float64]


class CreepingSigns:
    """Daily means of every sign's margin on each asset of a kind: float64[n, s].

    A sign creeps when, two days in a row, the mean has come at least a quarter of the way from the asset's
    own level to the limit, and at least four of its own standard deviations between days. Days that stand
    out are not learnt. Signs that are joined with `or`, compare states, or are usually seen, never creep.
    """

    def __init__(self, layout: KindLayout, signs: tuple[str, ...]) -> None:
        shape = (len(layout.assets), len(signs))
        found = [Margin.of(sign, layout.names) for sign in signs]
        self._margins = [(place, m) for place, m in enumerate(found) if m is not None]
        self.day = np.full(len(layout.assets), _NEVER, dtype=np.int64)
        self.total, self.count = np.zeros(shape), np.zeros(shape)
        self.level, self.square, self.days = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.streak = np.zeros(shape)
        self.creeps = np.zeros(shape, dtype=np.bool_)

    def look(self, framed: Framed) -> Bools:
        """bool[s, rows]: which signs creep, as the days before the row's own say."""
        frame = framed.frame
        margins = np.full((self.level.shape[1], len(frame)), np.nan)
        for place, margin in self._margins:
            margins[place] = margin.at(frame, framed.windows)
        found = np.zeros(margins.shape, dtype=np.bool_)
        days = frame.time // DAY
        begins, groups = _days(frame, days)
        known = np.isfinite(margins)
        total = np.add.reduceat(np.where(known, margins, 0.0), begins, axis=1).T
        count = np.add.reduceat(known, begins, axis=1, dtype=np.float64).T
        of_row = np.repeat(np.arange(len(begins)), segments.lengths(begins, len(frame)))
        creeps = np.zeros(total.shape, dtype=np.bool_)
        for group in groups:
            asset = frame.asset[begins[group]].astype(np.intp)
            self._turn(asset, days[begins[group]])
            self.total[asset] += total[group]
            self.count[asset] += count[group]
            creeps[group] = self.creeps[asset]
        found[:] = creeps.T[:, of_row]
        return found

    def _turn(self, asset: Rows, day: Rows) -> None:
        """Close the day of those assets that have a later one now."""
        later = day > self.day[asset]
        over = asset[later & (self.day[asset] != _NEVER)]
        if len(over):
            self._close(over)
        self.day[asset[later]] = day[later]

    def _close(self, asset: Rows) -> None:
        count = self.count[asset]
        enough = count >= _FEWEST_ROWS
        away = self.total[asset] / np.maximum(count, 1) - self.level[asset]
        days, gap = self.days[asset], -self.level[asset]
        spread = np.sqrt(self.square[asset] / np.maximum(days - 1, 1))
        warm = (days >= WARM_DAYS) & enough & (gap > 0)
        far = warm & (away > _SHARE * gap) & (away > _DEVIATIONS * spread)
        self.streak[asset] = np.where(far, self.streak[asset] + 1, np.where(enough, 0, self.streak[asset]))
        near = enough & (away < _BACK * gap)
        self.creeps[asset] = (self.creeps[asset] & ~near) | (self.streak[asset] >= _IN_A_ROW)
        usual = np.abs(away) <= _MOST_LEARNT * spread
        self._learn(asset, away, enough & ((days < WARM_DAYS) | (usual & ~self.creeps[asset])))
        self.total[asset], self.count[asset] = 0.0, 0.0

    def _learn(self, asset: Rows, away: Table, taught: Bools) -> None:
        days = self.days[asset] + taught
        weight = np.where(taught, np.maximum(1 / np.maximum(days, 1), _FORGETTING), 0.0)
        warming = taught & (days <= WARM_DAYS)
        self.level[asset] += weight * away
        self.square[asset] += np.where(warming, (1 - weight) * away**2, 0.0)
        self.days[asset] = np.where(taught, np.minimum(days, WARM_DAYS + 1 / _FORGETTING), days)

    def save(self) -> State:
        """One row per asset."""
        return {name: getattr(self, name) for name in _KEPT}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take it back."""
        for name in _KEPT:
            setattr(self, name, saved[name].copy())


_KEPT = ("day", "total", "count", "level", "square", "days", "streak", "creeps")


def _days(frame: KindFrame, days: npt.NDArray[np.int64]) -> tuple[Rows, Iterator[Rows]]:
    """First row of each day of each asset, and these groups in rounds: every asset once in a round."""
    changed = (frame.run[1:] != frame.run[:-1]) | (days[1:] != days[:-1])
    begins = np.flatnonzero(np.concatenate(([True], changed)))
    first = segments.starts(frame.run[begins])
    nth = np.arange(len(begins)) - np.repeat(first, segments.lengths(first, len(begins)))
    return begins, (np.flatnonzero(nth == turn) for turn in range(int(nth.max()) + 1))
