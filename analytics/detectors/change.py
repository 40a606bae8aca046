"""Has the level of a signal shifted, slowly or at once?"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from typing_extensions import override

from analytics.detectors import base
from analytics.detectors.base import Band, Bools, Detector, State
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s, Int32s, Int64s
from config.text import Text


class Settings(base.Settings):
    """weight, limit (sigmas still normal): of the EWMA; slack, decision (both in sigmas): of the CUSUM."""

    weight: float = Field(default=0.1, gt=0, lt=1)
    limit: float = Field(default=6.0, gt=0)
    slack: float = Field(default=1.0, ge=0)
    decision: float = Field(default=25.0, gt=0)
    memory: float = Field(default=500.0, gt=1)


class Change(Detector):
    """The larger of an EWMA chart and a two-sided CUSUM, both on values standardised by a slow baseline.

    The EWMA's sigma is sqrt(w / (2 - w)) of the single value's (Roberts 1959); the CUSUM sums what exceeds
    `slack` sigmas (Page 1954). Single values count as 4 sigmas at most: one spike is not a change.
    """

    name = "change"
    title = Text(en="Level has shifted", zh="水平突变")
    settings_type = Settings
    warm_after = 60

    @override
    def _fresh(self, size: int) -> State:
        return {key: np.zeros(size) for key in ("level", "spread", "ewma", "up", "down")}

    def _moved(self, state: State, rows: Rows, value: Float64s) -> tuple[Float64s, Float64s, Float64s]:
        level = state["level"][rows]
        sigma = np.maximum(state["spread"][rows], 1e-9 * np.maximum(np.abs(level), 1.0))
        z = np.clip((value - level) / sigma, -4.0, 4.0)
        weight, slack = self.option["weight"][rows], self.option["slack"][rows]
        ewma = state["ewma"][rows]
        ceiling = 2 * self.option["decision"][rows]
        up = np.clip(state["up"][rows] + z - slack, 0.0, ceiling)
        down = np.clip(state["down"][rows] - z - slack, 0.0, ceiling)
        return ewma + weight * (z - ewma), up, down

    @override
    def _score(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        ewma, up, down = self._moved(state, rows, value)
        weight = self.option["weight"][rows]
        chart = np.abs(ewma) / (self.option["limit"][rows] * np.sqrt(weight / (2 - weight)))
        scores: Float64s = np.maximum(chart, np.maximum(up, down) / self.option["decision"][rows])
        return scores

    @override
    def _learn(self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools) -> None:
        seen = state["seen"][rows]
        settled = seen >= self.warm_after
        moved = self._moved(state, rows, value)
        for key, new in zip(("ewma", "up", "down"), moved, strict=True):
            state[key][rows] = np.where(settled, new, 0.0)
        level, spread = state["level"][rows], state["spread"][rows]
        weight = np.where(normal, 1.0 / np.minimum(seen + 1.0, self.option["memory"][rows]), 0.0)
        reach = np.where(seen < 20, np.inf, 3.0 * np.maximum(spread, 1e-9 * np.maximum(np.abs(level), 1.0)))
        away = np.clip(value - level, -reach, reach)
        state["level"][rows] = level + weight * away
        state["spread"][rows] = np.where(seen < 1, 0.0, spread + weight * (1.2533 * np.abs(away) - spread))

    @override
    def band(self, points: Int32s, time: Int64s) -> Band:
        rows = self._index.rows(np.asarray(points, dtype=np.int32))
        usable = self.warm(points)
        level = np.where(usable, self.state["level"][rows], np.nan)
        reach = 3.0 * self.state["spread"][rows]
        return Band(level - reach, level, level + reach)


DETECTOR = Change
