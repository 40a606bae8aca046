"""Does one value jump out of its neighbours?"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from typing_extensions import override

from analytics.detectors import base
from analytics.detectors.base import Band, Bools, Detector, State
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s, Int32s, Int64s
from config.text import Text

WINDOW = 9


class Settings(base.Settings):
    """deviations: robust standard deviations from the recent median that are still normal."""

    deviations: float = Field(default=8.0, gt=0)


class Spike(Detector):
    """Hampel test: distance from the median of the last 9 values over `deviations` robust sigmas.

    Sigma is the larger of the window's own (1.4826 MAD) and the point's usual step between readings, so that
    a signal at rest does not turn its resolution into spikes. Hampel 1974, "The influence curve".
    """

    name = "spike"
    title = Text(en="Spike", zh="尖峰")
    settings_type = Settings
    warm_after = 2 * WINDOW

    @override
    def _fresh(self, size: int) -> State:
        return {"recent": np.zeros((size, WINDOW)), "at": np.zeros(size, np.int64), "step": np.zeros(size)}

    def _middle(self, state: State, rows: Rows) -> tuple[Float64s, Float64s]:
        recent = state["recent"][rows]
        middle = np.partition(recent, WINDOW // 2, axis=1)[:, WINDOW // 2]
        spread = np.partition(np.abs(recent - middle[:, None]), WINDOW // 2, axis=1)[:, WINDOW // 2]
        sigma = np.maximum(1.4826 * spread, state["step"][rows])
        return middle, np.maximum(sigma, 1e-9 * np.maximum(np.abs(middle), 1.0))

    @override
    def _score(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        middle, sigma = self._middle(state, rows)
        return np.abs(value - middle) / (self.option["deviations"][rows] * sigma)

    @override
    def _learn(self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools) -> None:
        at = state["at"][rows]
        last = state["recent"][rows, (at - 1) % WINDOW]
        step = state["step"][rows]
        moved = np.abs(value - last)
        usual = np.where(step > 0, step + 0.05 * (np.minimum(moved, 4 * step) - step), moved)
        state["step"][rows] = np.where(normal & (moved > 0) & (at > 0), usual, step)
        state["recent"][rows, at % WINDOW] = value
        state["at"][rows] = at + 1

    @override
    def band(self, points: Int32s, time: Int64s) -> Band:
        rows = self._index.rows(np.asarray(points, dtype=np.int32))
        middle, sigma = self._middle(self.state, np.maximum(rows, 0))
        reach = np.where(rows >= 0, self.option["deviations"][rows] * sigma, np.nan)
        return Band(middle - reach, np.where(rows >= 0, middle, np.nan), middle + reach)


DETECTOR = Spike
