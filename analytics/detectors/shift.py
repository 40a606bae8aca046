"""Has an asset just begun to behave differently?"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from typing_extensions import override

from analytics.detectors import base
from analytics.detectors.base import Bools, State
from analytics.detectors.parts.frames import (
    WARM_UP_START,
    GroupDetector,
    Vectors,
    inverse_of,
    quadratic,
    smoothed,
)
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s
from config.text import Text

FAST, SLOW = 0.2, 0.02


class Settings(base.Settings):
    """warm_after: frames that teach; limit: Mahalanobis distances that are still normal."""

    warm_after: int = Field(default=400, ge=60)
    limit: float = Field(default=8.0, gt=0)


class Shift(GroupDetector):
    """Difference of a fast and a slow EWMA of all channels (5 and 50 frames), against its usual covariance.

    It rises when something changes and falls when the new state lasts: it times what `multivariate` finds.
    """

    name = "shift"
    title = Text(en="Behaviour just changed", zh="运行状态突变")
    settings_type = Settings

    @override
    def _fresh_groups(self, groups: int, channels: int) -> State:
        return {
            "fast": np.full((groups, channels), np.nan),
            "slow": np.full((groups, channels), np.nan),
            "products": np.zeros((groups, channels, channels)),
            "inverse": np.zeros((groups, channels, channels)),
        }

    def _after(self, state: State, groups: Rows, frames: Vectors) -> tuple[Vectors, Vectors]:
        seen = state["group.frames"][groups]
        fast = smoothed(state["group.fast"][groups], frames, seen, FAST)
        return fast, smoothed(state["group.slow"][groups], frames, seen, SLOW)

    @override
    def _score_frames(self, state: State, groups: Rows, frames: Vectors) -> Float64s:
        fast, slow = self._after(state, groups, frames)
        first = np.unique(self._group, return_index=True)[1]
        limit: Float64s = self.option["limit"][first[groups]]
        return quadratic(fast - slow, state["group.inverse"][groups]) / limit

    @override
    def _learn_frames(self, state: State, groups: Rows, frames: Vectors, normal: Bools) -> None:
        fast, slow = self._after(state, groups, frames)
        state["group.fast"][groups], state["group.slow"][groups] = fast, slow
        seen = state["group.frames"][groups]
        first = np.unique(self._group, return_index=True)[1]
        needed = self.needed[first[groups]]
        teaching = normal & (seen >= 2 * WARM_UP_START) & (seen < needed)
        away = np.nan_to_num(fast - slow)[teaching]
        state["group.products"][groups[teaching]] += away[:, :, None] * away[:, None, :]
        for at in np.flatnonzero(normal & (seen + 1 == needed)):
            products = state["group.products"][groups[at]]
            state["group.inverse"][groups[at]] = inverse_of(products / (needed[at] - 2 * WARM_UP_START))


DETECTOR = Shift
