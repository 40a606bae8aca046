"""Is a value where values of this point can be at all?"""

from __future__ import annotations

import numpy as np
from pydantic import model_validator
from typing_extensions import override

from analytics.detectors import base
from analytics.detectors.base import Band, Bools, Detector, State
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s, Int32s, Int64s
from config.text import Text


class Settings(base.Settings):
    """Limits in the point's unit."""

    low: float = -np.inf
    high: float = np.inf

    @model_validator(mode="after")
    def _rises(self) -> Settings:
        if not self.low < self.high:
            raise ValueError(f"low: {self.low} is not below high: {self.high}")
        return self


class Range(Detector):
    """1 at either limit, rising with the distance beyond it; a limit left out is never crossed.

    Inside a two-sided range the score says how near the limit is: |value - middle| / half the range.
    """

    name = "range"
    title = Text(en="Out of range", zh="超出量程")
    settings_type = Settings
    warm_after = 0

    @override
    def _fresh(self, size: int) -> State:
        return {}

    @override
    def _score(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        low, high = self.option["low"][rows], self.option["high"][rows]
        two_sided = np.isfinite(high - low)
        scale = np.where(
            two_sided, (high - low) / 2, np.maximum(np.abs(np.where(np.isfinite(low), low, high)), 1.0)
        )
        beyond = np.maximum(value - high, low - value) / np.where(np.isfinite(scale), scale, 1.0)
        return np.maximum(np.where(beyond > -np.inf, 1.0 + beyond, 0.0), 0.0)

    @override
    def _learn(self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools) -> None:
        """Limits are given, not learned."""

    @override
    def band(self, points: Int32s, time: Int64s) -> Band:
        rows = self._index.rows(np.asarray(points, dtype=np.int32))
        low = np.where(rows >= 0, self.option["low"][rows], np.nan)
        high = np.where(rows >= 0, self.option["high"][rows], np.nan)
        return Band(low, (low + high) / 2, high)


DETECTOR = Range
