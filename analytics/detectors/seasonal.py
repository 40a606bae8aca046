"""Is a value unusual for this hour of the week?"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from typing_extensions import override

from analytics.detectors import base
from analytics.detectors.base import Band, Bools, Detector, State
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s, Int32s, Int64s
from config.text import Text

SLOTS = 168
DAY = 24


class Settings(base.Settings):
    """deviations: sigmas still normal; memory: readings of a slot that weigh; shrink: see the class."""

    deviations: float = Field(default=5.0, gt=0)
    memory: float = Field(default=60.0, gt=1)
    shrink: float = Field(default=12.0, gt=0)
    resolution: float = Field(default=1e-6, gt=0)


class Seasonal(Detector):
    """A robust level and spread for each of the 168 hours of the week, leaning on the hour of the day.

    A slot with n readings is trusted n / (n + shrink), the rest goes to the same hour of any day and to the
    overall level in the same way. Readings beyond 3 sigmas move a level as if they were at 3 (Huber).
    """

    name = "seasonal"
    title = Text(en="Unusual for this hour", zh="与该时段常态不符")
    settings_type = Settings
    warm_after = 288

    @override
    def _fresh(self, size: int) -> State:
        return {"cells": np.zeros((size, SLOTS + DAY + 1, 3), np.float32)}  # level, spread, count of each

    def _blend(self, state: State, rows: Rows, time: Int64s) -> tuple[Float64s, Float64s]:
        slot = self.slots(time)
        shrink = self.option["shrink"][rows]
        level, spread, _ = state["cells"][rows, -1].astype(np.float64).T
        for cell in (SLOTS + slot % DAY, slot):
            own_level, own_spread, count = state["cells"][rows, cell].T
            trust = count / (count + shrink)
            level = level + trust * (own_level - level)
            spread = spread + trust * (own_spread - spread)
        return level, np.maximum(spread, self.option["resolution"][rows])

    @override
    def _score(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        level, spread = self._blend(state, rows, time)
        return np.abs(value - level) / (self.option["deviations"][rows] * spread)

    @override
    def _learn(self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools) -> None:
        slot = self.slots(time)
        overall = np.full(len(value), SLOTS + DAY, dtype=np.intp)
        for cell in (slot, SLOTS + slot % DAY, overall):
            self._learn_cell(state, rows, cell, value, normal)

    def _learn_cell(self, state: State, rows: Rows, cell: Rows, value: Float64s, normal: Bools) -> None:
        before = state["cells"][rows, cell]
        level, spread, count = before.T
        weight = np.where(normal, 1.0 / np.minimum(count + 1.0, self.option["memory"][rows]), 0.0)
        reach = np.where(count < 8, np.inf, 3.0 * np.maximum(spread, self.option["resolution"][rows]))
        away = np.clip(value - level, -reach, reach)
        after = np.empty_like(before)
        after[:, 0] = level + weight * away
        after[:, 1] = np.where(count < 1, spread, spread + weight * (1.2533 * np.abs(away) - spread))
        after[:, 2] = np.minimum(count + normal, 1e6)
        state["cells"][rows, cell] = after

    @override
    def band(self, points: Int32s, time: Int64s) -> Band:
        rows = self._index.rows(np.asarray(points, dtype=np.int32))
        level, spread = self._blend(self.state, np.maximum(rows, 0), time)
        usable = self.warm(points)
        reach = np.where(usable, self.option["deviations"][rows] * spread, np.nan)
        return Band(level - reach, np.where(usable, level, np.nan), level + reach)


DETECTOR = Seasonal
