"""Remaining life of a machine whose like have been run to failure with the same sensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from analytics.prognosis.windows import trailing_mean, trailing_slope
from collector.reading import Float64s

MEANS, SLOPES = (5, 15, 30, 60), (30, 60)
SETTLED = 20
FOLDS = 3


class RemainingLife(NamedTuple):
    """expected, low, high: cycles; the truth lies between low and high in about 8 of 10 cases."""

    expected: Float64s
    low: Float64s
    high: Float64s


@dataclass(frozen=True)
class RunToFailure:
    """Gradient boosting on where a machine stands and whither it moves, against its own youth.

    A health index (the linear mix of all sensors that best tells remaining life) and the sensors themselves
    are averaged and sloped over several windows, and compared with the machine's first 20 cycles, so that a
    machine built a little differently is not taken for worn. Remaining life is capped: a healthy machine
    says nothing about how far beyond the cap its end is.
    """

    cap: float
    centre: Float64s
    scale: Float64s
    mix: Float64s
    trees: Any
    range_at: Float64s
    range_off: Float64s

    @classmethod
    def fit(
        cls, lives: list[Float64s], *, cap: float = 125.0, seed: int = 0, ranged: bool = True
    ) -> RunToFailure:
        """Learn from whole lives (float64[cycles, sensors] each, the last row is the last cycle).

        With `ranged`, three folds by machine tell how wrong the model is at each expected life.
        """
        rows = np.concatenate(lives)
        used = rows.std(axis=0) > 1e-6 * np.maximum(np.abs(rows.mean(axis=0)), 1e-12)
        centre, scale = rows.mean(axis=0), np.where(used, rows.std(axis=0), np.inf)
        remaining = np.concatenate([np.minimum(np.arange(len(life) - 1, -1, -1), cap) for life in lives])
        standard = (rows - centre) / scale
        ridge = standard.T @ standard + 10.0 * np.eye(rows.shape[1])
        mix = np.linalg.solve(ridge, -standard.T @ (remaining - remaining.mean()))
        model = cls(cap, centre, scale, mix, _trees(seed), np.array([0.0]), np.array([[-cap, cap]]))
        model.trees.fit(np.concatenate([model.features(life) for life in lives]), remaining)
        if not ranged:
            return model
        at, off = _calibrated(lives, cap, seed)
        return cls(cap, centre, scale, mix, model.trees, at, off)

    def predict(self, histories: list[Float64s]) -> RemainingLife:
        """Remaining cycles after the last row of each history (float64[cycles, sensors])."""
        last = np.array([self.features(history)[-1] for history in histories])
        expected = np.clip(self.trees.predict(last), 0.0, self.cap)
        off = np.array([np.interp(expected, self.range_at, column) for column in self.range_off.T])
        return RemainingLife(expected, np.maximum(expected + off[0], 0.0), np.maximum(expected + off[1], 0.0))

    def features(self, history: Float64s) -> Float64s:
        """One row of features per cycle; nothing looks ahead."""
        standard = (history - self.centre) / self.scale
        every = np.column_stack([standard, standard @ self.mix])
        means = [trailing_mean(every, window) for window in MEANS]
        youth = means[0].copy()
        count = np.minimum(np.arange(1, len(every) + 1), SETTLED)
        youth = np.cumsum(every, axis=0)[count - 1] / count[:, None]
        slopes = [trailing_slope(every, window) for window in SLOPES]
        age = np.arange(1.0, len(every) + 1)[:, None]
        return np.column_stack([*means, means[1] - youth, *slopes, age])


def _trees(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        max_iter=150,
        learning_rate=0.05,
        min_samples_leaf=40,
        max_leaf_nodes=15,
        l2_regularization=5.0,
        max_features=0.3,
        random_state=seed,
    )


def _calibrated(lives: list[Float64s], cap: float, seed: int) -> tuple[Float64s, Float64s]:
    """Where the truth lay around the expectation (10 % and 90 % quantile), by expected life."""
    expected, truth = [], []
    for fold in range(FOLDS):
        model = RunToFailure.fit(
            [life for at, life in enumerate(lives) if at % FOLDS != fold], cap=cap, seed=seed, ranged=False
        )
        for life in lives[fold::FOLDS]:
            ages = np.arange(SETTLED, len(life), 5)
            expected.append(np.clip(model.trees.predict(model.features(life)[ages - 1]), 0.0, cap))
            truth.append(len(life) - ages)
    found, real = np.concatenate(expected), np.concatenate(truth)
    order = np.argsort(found)
    parts = [part for part in np.array_split(order, 10) if len(part)]
    at = np.array([found[part].mean() for part in parts])
    off = np.array([np.quantile(real[part] - found[part], [0.1, 0.9]) for part in parts])
    return at, off
