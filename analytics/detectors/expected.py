"""Is a point where it should be, given what its asset is doing?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from typing_extensions import override

from analytics.detectors import base
from analytics.detectors.base import Band, Bools, State
from analytics.detectors.parts.frames import GroupDetector, Vectors
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s, Int32s, Int64s
from config.text import Text

_RIDGE = 1e-6
_SLACK = 0.1


class Settings(base.Settings):
    """inputs: names of the points that say what the asset is doing (the caller hands them in one group).

    warm_after: frames that teach; deviations: residual standard deviations that are still normal.
    """

    inputs: tuple[str, ...] = ()
    warm_after: int = Field(default=400, ge=60)
    deviations: float = Field(default=6.0, gt=0)


class Expected(GroupDetector):
    """Residual of a ridge regression of a group's first point on its others and their squares.

    Sums of products of the frames that teach are all it keeps; it is fitted once, when warm. A frame with a
    channel that is not known, or at conditions that were never seen, is not judged.
    """

    name = "expected"
    title = Text(en="Not as its operating conditions ask for", zh="与运行工况不符")
    settings_type = Settings

    @override
    def _fresh_groups(self, groups: int, channels: int) -> State:
        size = 2 * channels
        return {
            "origin": np.full((groups, channels), np.nan),
            "lowest": np.full((groups, channels), np.inf),
            "highest": np.full((groups, channels), -np.inf),
            "products": np.zeros((groups, size, size)),
            "weights": np.zeros((groups, size - 1)),
            "deviation": np.full(groups, np.inf),
        }

    def _of_groups(self, column: npt.NDArray[Any], groups: Rows) -> npt.NDArray[Any]:
        first = np.unique(self._group, return_index=True)[1]
        return column[first[groups]]

    def _centre(self, state: State, groups: Rows, frames: Vectors) -> Float64s:
        """What the target should be; NaN at conditions that were never seen."""
        origin = state["group.origin"][groups]
        low, high = state["group.lowest"][groups, 1:], state["group.highest"][groups, 1:]
        slack = _SLACK * (high - low)
        inside = ((frames[:, 1:] >= low - slack) & (frames[:, 1:] <= high + slack)) | np.isnan(origin[:, 1:])
        row = _row(frames, origin)
        centre = origin[:, 0] + np.einsum("gc,gc->g", row[:, 1:], state["group.weights"][groups])
        return np.where(inside.all(axis=1), centre, np.nan)

    @override
    def _score_frames(self, state: State, groups: Rows, frames: Vectors) -> Float64s:
        away = np.abs(frames[:, 0] - self._centre(state, groups, frames))
        limit = self._of_groups(self.option["deviations"], groups) * state["group.deviation"][groups]
        scores: Float64s = np.nan_to_num(away / limit)
        return scores

    @override
    def _learn_frames(self, state: State, groups: Rows, frames: Vectors, normal: Bools) -> None:
        seen = state["group.frames"][groups]
        needed = self._of_groups(self.needed, groups)
        origin = state["group.origin"][groups]
        state["group.origin"][groups] = origin = np.where(np.isnan(origin), frames, origin)
        row = _row(frames, origin)
        teaching = normal & (seen < needed) & np.isfinite(row).all(axis=1)
        taught, into = row[teaching], groups[teaching]
        state["group.products"][into] += taught[:, :, None] * taught[:, None, :]
        state["group.lowest"][into] = np.fmin(state["group.lowest"][into], frames[teaching])
        state["group.highest"][into] = np.fmax(state["group.highest"][into], frames[teaching])
        for at in np.flatnonzero(normal & (seen + 1 == needed)):
            weights, deviation = _fit(state["group.products"][groups[at]])
            state["group.weights"][groups[at]], state["group.deviation"][groups[at]] = weights, deviation

    @override
    def band(self, points: Int32s, time: Int64s) -> Band:
        rows = self._index.rows(np.asarray(points, dtype=np.int32))
        groups = self._group[rows]
        centre = self._centre(self.state, groups, self.state["group.last"][groups])
        reach = self._of_groups(self.option["deviations"], groups) * self.state["group.deviation"][groups]
        judged = (rows >= 0) & (self._channel[rows] == 0) & np.isfinite(reach)
        centre = np.where(judged, centre, np.nan)
        return Band(centre - reach, centre, centre + reach)


def _row(frames: Vectors, origin: Vectors) -> Vectors:
    """Target, 1, inputs and their squares of every group (float64[g, 2 c]), from the group's first frame on.

    Inputs that were never heard count as 0.
    """
    away = np.where(np.isnan(origin), 0.0, frames - origin)
    away[np.isnan(origin[:, 0]), 0] = np.nan
    return np.concatenate((away[:, :1], np.ones((len(frames), 1)), away[:, 1:], away[:, 1:] ** 2), axis=1)


def _fit(products: Vectors) -> tuple[Float64s, float]:
    """Weights of all but the target, and the residual standard deviation, from sums of products.

    Ridge: Hoerl and Kennard 1970, with a penalty so small that it only keeps idle inputs out.
    """
    square, across = products[1:, 1:], products[1:, 0]
    scale = np.sqrt(np.maximum(np.diag(square), 1e-12))
    shaped = square / np.outer(scale, scale) + _RIDGE * np.eye(len(scale))
    weights: Float64s = np.linalg.solve(shaped, across / scale) / scale
    left = products[0, 0] - 2 * weights @ across + weights @ square @ weights
    free = max(float(products[1, 1]) - len(scale), 1.0)
    return weights, float(np.sqrt(max(left, 0.0) / free)) or np.inf


DETECTOR = Expected
