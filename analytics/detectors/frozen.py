"""Has a sensor stopped moving for longer than this point ever stands still?"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from typing_extensions import override

from analytics.detectors import base
from analytics.detectors.base import SECOND_NS, Bools, Detector, State
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s, Int64s
from config.text import Text


class Settings(base.Settings):
    """after_s: seconds without change that are always normal; tolerance: change that counts as none."""

    after_s: float = Field(default=3 * 3600.0, gt=0)
    tolerance: float = Field(default=0.0, ge=0)
    factor: float = Field(default=3.0, gt=1)


class Frozen(Detector):
    """Time since the value last changed, over the longest stand-still held for normal.

    That is the larger of `after_s` and `factor` times the longest stand-still that ended in a change,
    forgotten by 2 % with each change.
    """

    name = "frozen"
    title = Text(en="Value frozen", zh="数值冻结")
    settings_type = Settings
    warm_after = 2

    @override
    def _fresh(self, size: int) -> State:
        return {"last": np.full(size, np.nan), "since": np.zeros(size, np.int64), "longest": np.zeros(size)}

    def _still(self, state: State, rows: Rows, value: Float64s) -> Bools:
        still: Bools = np.abs(value - state["last"][rows]) <= self.option["tolerance"][rows]
        return still

    @override
    def _score(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        stood = (time - state["since"][rows]) / SECOND_NS
        allowed = np.maximum(
            self.option["after_s"][rows], self.option["factor"][rows] * state["longest"][rows]
        )
        return np.where(self._still(state, rows, value), np.maximum(stood, 0.0) / allowed, 0.0)

    @override
    def _learn(self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools) -> None:
        moved = ~self._still(state, rows, value)
        first = np.isnan(state["last"][rows])
        stood = (time - state["since"][rows]) / SECOND_NS
        longest = state["longest"][rows]
        lasting = np.maximum(longest * 0.98, stood)
        state["longest"][rows] = np.where(moved & ~first & normal, lasting, longest)
        state["since"][rows] = np.where(moved, time, state["since"][rows])
        state["last"][rows] = np.where(moved, value, state["last"][rows])


DETECTOR = Frozen
