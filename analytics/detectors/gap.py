"""Has a point been silent for longer than it usually is?"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from typing_extensions import override

from analytics.detectors import base
from analytics.detectors.base import SECOND_NS, Bools, Detector, State
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s, Int32s, Int64s
from config.text import Text


class Settings(base.Settings):
    """interval_s: the interval the kind promises; factor: how many intervals may be missed."""

    interval_s: float = Field(default=60.0, gt=0)
    factor: float = Field(default=5.0, gt=1)


class Gap(Detector):
    """Time since the last reading over `factor` usual intervals (promised or learned, the longer)."""

    name = "gap"
    title = Text(en="Silent", zh="数据中断")
    settings_type = Settings

    @override
    def _fresh(self, size: int) -> State:
        return {"last": np.zeros(size, np.int64), "usual": np.zeros(size)}

    def _waited(self, state: State, rows: Rows, time: Int64s) -> Float64s:
        return np.maximum(time - state["last"][rows], 0) / SECOND_NS

    @override
    def _score(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        usual = np.maximum(self.option["interval_s"][rows], state["usual"][rows])
        scores: Float64s = self._waited(state, rows, time) / (self.option["factor"][rows] * usual)
        return scores

    @override
    def _learn(self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools) -> None:
        usual = state["usual"][rows]
        ceiling = self.option["factor"][rows] * np.maximum(usual, self.option["interval_s"][rows])
        waited = np.minimum(self._waited(state, rows, time), ceiling)
        known = state["last"][rows] > 0
        state["usual"][rows] = np.where(known & normal, usual + 0.05 * (waited - usual), usual)
        state["last"][rows] = np.maximum(state["last"][rows], time)

    def silent(self, now_ns: int) -> tuple[Int32s, Float64s]:
        """Every point ever heard, with its score at `now_ns`: silence is judged without a reading."""
        rows = np.flatnonzero(self.state["seen"] > 0)
        now = np.full(len(rows), now_ns, dtype=np.int64)
        return self.points[rows], self._score(self.state, rows, now, np.zeros(len(rows)))


DETECTOR = Gap
