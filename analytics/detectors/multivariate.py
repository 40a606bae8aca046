"""Do the points of an asset still go together as they used to?"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

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

WEIGHTS = (0.2, 0.05)
BLOCKS = 8


class Settings(base.Settings):
    """warm_after: frames that teach; tail: probability beyond the limit if all were Gaussian.

    horizon: frames over which slow channels may wander on; stride: every how many normal frames one is kept
    for learning afresh (0: learn once).
    """

    warm_after: int = Field(default=400, ge=60)
    tail: float = Field(default=5e-6, gt=0, lt=0.5)
    horizon: float = Field(default=800.0, ge=0)
    stride: int = Field(default=0, ge=0)


class Evidence(NamedTuple):
    """t2, q: parts of the squared distance inside and outside the main components; shares: per channel."""

    distance: Float64s
    t2: Float64s
    q: Float64s
    shares: Vectors


class Multivariate(GroupDetector):
    """Mahalanobis distance of the smoothed frame over the limit of the chi distribution.

    Mean and covariance come from winsorised frames (median ± 4 robust sigmas). Channels that wander get the
    variance they will have gained by `horizon`, as a random walk does, so that a tank warming up slowly is no
    fault. Two smoothings (about 5 and 20 frames) see quick and small deviations; the larger ratio counts.
    """

    name = "multivariate"
    title = Text(en="Points no longer fit together", zh="多测点关系异常")
    settings_type = Settings

    @override
    def _fresh_groups(self, groups: int, channels: int) -> State:
        keep = int(self.needed.max(initial=60))
        smooths = len(WEIGHTS)
        tails = self._group_option("tail", np.arange(groups))
        sizes = np.bincount(self._group, minlength=groups)
        self._limits = np.array([_limit(float(p), int(n)) for p, n in zip(tails, sizes, strict=True)])
        return {
            "smooth": np.full((groups, smooths, channels), np.nan),
            "memory": np.full((groups, keep, smooths, channels), np.nan, dtype=np.float32),
            "kept": np.zeros(groups, dtype=np.int64),
            "centre": np.zeros((groups, smooths, channels)),
            "inverse": np.zeros((groups, smooths, channels, channels)),
        }

    def _group_option(self, name: str, groups: Rows) -> Float64s:
        first = np.unique(self._group, return_index=True)[1]
        chosen: Float64s = self.option[name][first[groups]]
        return chosen

    def _away(self, state: State, groups: Rows, frames: Vectors) -> list[Vectors]:
        seen = state["group.frames"][groups]
        before = state["group.smooth"][groups]
        now = [smoothed(before[:, at], frames, seen, weight) for at, weight in enumerate(WEIGHTS)]
        return [one - state["group.centre"][groups, at] for at, one in enumerate(now)]

    @override
    def _score_frames(self, state: State, groups: Rows, frames: Vectors) -> Float64s:
        away = self._away(state, groups, frames)
        found = [quadratic(one, state["group.inverse"][groups, at]) for at, one in enumerate(away)]
        scores: Float64s = np.max(found, axis=0) / self._limits[groups]
        return scores

    @override
    def _learn_frames(self, state: State, groups: Rows, frames: Vectors, normal: Bools) -> None:
        seen = state["group.frames"][groups]
        for at, weight in enumerate(WEIGHTS):
            state["group.smooth"][groups, at] = smoothed(
                state["group.smooth"][groups, at], frames, seen, weight
            )
        needed, stride = self._group_option("warm_after", groups), self._group_option("stride", groups)
        later = (stride > 0) & ((seen - needed) % np.maximum(stride, 1) == 0)
        kept = groups[normal & ((seen < needed) | later)]
        place = state["group.kept"][kept] % state["group.memory"].shape[1]
        state["group.memory"][kept, place] = state["group.smooth"][kept]
        state["group.kept"][kept] += 1
        full = state["group.kept"][kept] % self._group_option("warm_after", kept) == 0
        for group in kept[full]:
            self._fit(state, group)

    def _fit(self, state: State, group: np.intp) -> None:
        horizon = float(self._group_option("horizon", np.array([group]))[0])
        needed = int(self._group_option("warm_after", np.array([group]))[0])
        memory = state["group.memory"][group, WARM_UP_START:needed].astype(np.float64)
        for at in range(len(WEIGHTS)):
            frames = _winsorised(memory[:, at])
            state["group.centre"][group, at] = frames.mean(axis=0)
            state["group.inverse"][group, at] = inverse_of(_covariance(frames, horizon))

    def evidence(self, group: int) -> Evidence:
        """How far the newest smoothed frame of a group is off, and which channels (float64[c]) carry it.

        The main components hold 90 % of the variance; shares sum to 1 (squared distance by channel).
        """
        row = np.searchsorted(np.unique(self.groups), group)
        away = self.state["group.smooth"][row, -1] - self.state["group.centre"][row, -1]
        away = np.where(np.isnan(away), 0.0, away)
        inverse = self.state["group.inverse"][row, -1]
        values, vectors = np.linalg.eigh(inverse)
        variance = np.where(values > 0, 1 / np.where(values > 0, values, 1), 0.0)
        order = np.argsort(-variance)
        main = np.cumsum(variance[order]) <= 0.9 * variance.sum()
        main[0] = True
        parts = (values * (away @ vectors) ** 2)[order]
        shares = np.maximum(away * (inverse @ away), 0.0)
        total = parts.sum()
        return Evidence(
            np.sqrt(total), parts[main].sum(), parts[~main].sum(), shares / max(shares.sum(), 1e-12)
        )


@lru_cache(maxsize=4096)
def _limit(tail: float, channels: int) -> float:
    from scipy.stats import chi

    return float(chi.isf(tail, max(channels, 1)))


def _winsorised(frames: Vectors) -> Vectors:
    never = np.isnan(frames).all(axis=0)
    known = np.where(never, 0.0, frames)
    middle = np.nanmedian(known, axis=0)
    known = np.where(np.isnan(known), middle, known)
    sigma = 1.4826 * np.median(np.abs(known - middle), axis=0)
    reach = np.where(sigma > 0, 4 * sigma, 4 * known.std(axis=0))
    return np.clip(known, middle - reach, middle + reach)


def _covariance(frames: Vectors, horizon: float) -> Vectors:
    blocks = np.array([block.mean(axis=0) for block in np.array_split(frames, BLOCKS)])
    walked = (np.diff(blocks, axis=0) ** 2).mean(axis=0) * horizon / (len(frames) / BLOCKS)
    covariance = np.cov(frames.T).reshape(frames.shape[1], -1)
    variance = np.diag(covariance)
    grown = np.sqrt((variance + walked) / np.where(variance > 0, variance, 1.0))
    return covariance * np.outer(grown, grown)


DETECTOR = Multivariate
