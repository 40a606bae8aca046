"""Detectors of a whole asset: the newest value of each of its points, as one vector per moment."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from analytics.detectors.base import Bools, Detector, State
from analytics.detectors.parts.rounds import Rows, rounds
from collector.reading import Float64s, Int64s

Vectors = npt.NDArray[np.float64]
WARM_UP_START = 30


class GroupDetector(Detector):
    """Readings of one group at one time form a frame; a point that is silent keeps its last value.

    A frame is judged once and all its readings get its score. Channels are padded to the largest group; a
    channel that is not there or was never heard is NaN. Hand a frame over in one batch: cut in two, it
    counts as two frames.
    """

    @override
    def _fresh(self, size: int) -> State:
        groups, self._group = np.unique(self.groups, return_inverse=True)
        order = np.argsort(self._group, kind="stable")
        counts = np.bincount(self._group, minlength=len(groups))
        self._channel = np.empty(size, dtype=np.intp)
        self._channel[order] = np.arange(size) - (np.cumsum(counts) - counts)[self._group[order]]
        shape = (len(groups), int(counts.max(initial=1)))
        own = {"last": np.full(shape, np.nan), "frames": np.zeros(len(groups), dtype=np.int64)}
        return {f"group.{key}": array for key, array in (own | self._fresh_groups(*shape)).items()}

    @abstractmethod
    def _fresh_groups(self, groups: int, channels: int) -> State:
        """State of groups never seen (keys without the prefix `group.`)."""

    @abstractmethod
    def _score_frames(self, state: State, groups: Rows, frames: Vectors) -> Float64s:
        """Score one frame (float64[g, channels]) per group; must not write to `state`."""

    @abstractmethod
    def _learn_frames(self, state: State, groups: Rows, frames: Vectors, normal: Bools) -> None:
        """Take one frame per group in."""

    @override
    def _parts(self, rows: Rows, time: Int64s) -> Iterator[Rows | slice]:
        group = self._group[rows]
        if len(rows) and time.min() == time.max():
            yield slice(None)
            return
        order = np.lexsort((time, group))
        new = np.ones(len(rows), dtype=np.bool_)
        new[1:] = (np.diff(group[order]) != 0) | (np.diff(time[order]) != 0)
        frame = np.cumsum(new) - 1
        of_frame = group[order][new]
        for part in rounds(of_frame, int(group.max(initial=0)) + 1):
            chosen = np.zeros(len(of_frame), dtype=np.bool_)
            chosen[part] = True
            yield order[chosen[frame]]

    def _frames(self, state: State, rows: Rows, value: Float64s) -> tuple[Rows, Rows, Vectors]:
        group = self._group[rows]
        there = np.bincount(group) > 0
        groups, inverse = np.flatnonzero(there), (np.cumsum(there) - 1)[group]
        frames = state["group.last"][groups]
        frames[inverse, self._channel[rows]] = value
        return groups, inverse, frames

    @override
    def _score(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        groups, inverse, frames = self._frames(state, rows, value)
        return self._score_frames(state, groups, frames)[inverse]

    @override
    def _learn(self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools) -> None:
        groups, inverse, frames = self._frames(state, rows, value)
        all_normal = np.ones(len(groups), dtype=np.bool_)
        np.logical_and.at(all_normal, inverse, normal)
        self._learn_frames(state, groups, frames, all_normal)
        state["group.last"][groups] = frames
        state["group.frames"][groups] += all_normal


def smoothed(before: Vectors, frames: Vectors, seen: Int64s, weight: float) -> Vectors:
    """An EWMA that starts as a plain mean (its weight falls from 1 to `weight`); NaN keeps what was."""
    share = np.maximum(weight, 1.0 / (seen + 1.0))[:, None]
    moved = np.where(np.isnan(before), frames, before + share * (frames - before))
    return np.where(np.isnan(moved), before, moved)


def quadratic(away: Vectors, inverse: npt.NDArray[np.float64]) -> Float64s:
    """sqrt(a' M a) per row of `away` (float64[g, c]) and matrix (float64[g, c, c]); NaN channels count 0."""
    known = np.where(np.isnan(away), 0.0, away)
    squared: Float64s = np.einsum("gi,gij,gj->g", known, inverse, known)
    return np.sqrt(np.maximum(squared, 0.0))


def inverse_of(covariance: Vectors) -> Vectors:
    """Pseudo-inverse through the correlation matrix, so that channels of any unit weigh alike."""
    scale = np.sqrt(np.diag(covariance))
    used = scale > 0
    found = np.zeros_like(covariance)
    if used.any():
        both = np.outer(scale[used], scale[used])
        correlation = covariance[np.ix_(used, used)] / both
        found[np.ix_(used, used)] = np.linalg.pinv(correlation, rcond=1e-6, hermitian=True) / both
    return found
