"""Does a sensor drift away from its siblings (the same quantity in the same group)?"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from typing_extensions import override

from analytics.detectors import base
from analytics.detectors.base import HOUR_NS, Bools, Detector, State
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s, Int32s, Int64s
from config.text import Text


class Settings(base.Settings):
    """hours: time constant of the smoothing; deviations: usual distances that are still normal."""

    hours: float = Field(default=6.0, gt=0)
    deviations: float = Field(default=6.0, gt=0)
    resolution: float = Field(default=1e-6, gt=0)


class Siblings(Detector):
    """Smoothed value minus the median of the siblings' smoothed values, against its own usual distance.

    The usual offset and spread are learned slowly (200 readings), so a sensor that always reads 1 K more is
    normal and one that starts to creep is not. A point with fewer than two siblings is not judged.
    """

    name = "siblings"
    title = Text(en="Drifts from its siblings", zh="与同类测点偏离")
    settings_type = Settings
    warm_after = 100

    @override
    def _fresh(self, size: int) -> State:
        groups, self._group = np.unique(self.groups, return_inverse=True)
        self._members = self._member_table(len(groups))
        return {
            "smooth": np.full(size, np.nan),
            "last": np.zeros(size, np.int64),
            "offset": np.zeros(size),
            "spread": np.zeros(size),
        }

    def _member_table(self, groups: int) -> Rows:
        order = np.argsort(self._group, kind="stable")
        counts = np.bincount(self._group, minlength=groups)
        table = np.full((groups, int(counts.max(initial=1))), -1, dtype=np.intp)
        starts = np.cumsum(counts) - counts
        table[self._group[order], np.arange(len(order)) - starts[self._group[order]]] = order
        return table

    def _smoothed(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        before = state["smooth"][rows]
        elapsed = np.maximum(time - state["last"][rows], 0) / HOUR_NS
        weight = -np.expm1(-elapsed / self.option["hours"][rows])
        return np.where(np.isnan(before), value, before + weight * (value - before))

    def _distance(self, state: State, rows: Rows, smooth: Float64s) -> Float64s:
        touched, group = np.unique(self._group[rows], return_inverse=True)
        members = self._members[touched]
        values = np.where(members >= 0, state["smooth"][members], np.nan)
        values.sort(axis=1)
        known = np.count_nonzero(np.isfinite(values), axis=1)
        line = np.arange(len(touched))
        middle = (
            values[line, np.maximum(known - 1, 0) // 2] + values[line, known // 2 % values.shape[1]]
        ) / 2
        return np.where(known[group] >= 3, smooth - middle[group], np.nan)

    @override
    def _score(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        distance = self._distance(state, rows, self._smoothed(state, rows, time, value))
        spread = np.maximum(state["spread"][rows], self.option["resolution"][rows])
        away = np.abs(distance - state["offset"][rows]) / (self.option["deviations"][rows] * spread)
        return np.where(np.isfinite(away), away, 0.0)

    @override
    def _learn(self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools) -> None:
        smooth = self._smoothed(state, rows, time, value)
        distance = self._distance(state, rows, smooth)
        state["smooth"][rows] = smooth
        state["last"][rows] = np.maximum(state["last"][rows], time)
        usable = normal & np.isfinite(distance)
        weight = np.where(usable, 1.0 / np.minimum(state["seen"][rows] + 1.0, 200.0), 0.0)
        offset, spread = state["offset"][rows], state["spread"][rows]
        away = np.where(usable, distance - offset, 0.0)
        limit = np.where(
            state["seen"][rows] < 20, np.inf, 3 * np.maximum(spread, self.option["resolution"][rows])
        )
        away = np.clip(away, -limit, limit)
        state["offset"][rows] = offset + weight * away
        state["spread"][rows] = spread + weight * (1.2533 * np.abs(away) - spread)

    def expected(self, points: Int32s) -> Float64s:
        """Where each point would stand if it kept its usual distance to its siblings (NaN if unknown)."""
        rows = self._index.rows(np.asarray(points, dtype=np.int32))
        smooth = self.state["smooth"][rows]
        distance = self._distance(self.state, np.maximum(rows, 0), smooth)
        return np.where(rows >= 0, smooth - distance + self.state["offset"][rows], np.nan)


DETECTOR = Siblings
