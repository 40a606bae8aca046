"""Remaining life of a part that is worn by what it carries (a filter by dust, a softener by water).

Such a part does not end by the clock but after an amount of load. So the remaining load is predicted from how
the signal answers the load so far, and turned into time with the load to be expected: that of former runs
that were loaded like this one up to now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from analytics.prognosis.windows import trailing_mean
from collector.reading import Float64s

LEVELS = (20, 50, 100, 200)
SLOPES = (100, 200, 400)
LOOKED_BACK = (0.08, 0.16, 0.32)
ALIKE = 1.5
FIRST, EVERY = 50, 5


class LoadRun(NamedTuple):
    """One run at a fixed interval: signal that rises to the limit, load per second (float64[n] each)."""

    signal: Float64s
    load: Float64s


@dataclass(frozen=True)
class LoadLife:
    """A support-vector regression of remaining load, and the load courses it was taught with.

    interval_s: seconds between rows; limit: signal at which the part is spent; typical: mean load of a life.
    """

    interval_s: float
    limit: float
    typical: float
    model: Any
    courses: tuple[Float64s, ...]

    @classmethod
    def fit(cls, runs: list[LoadRun], *, interval_s: float, limit: float) -> LoadLife:
        """Learn from whole runs (each ends where the limit is reached)."""
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVR

        loads = [np.cumsum(run.load) * interval_s for run in runs]
        typical = float(np.mean([load[-1] for load in loads]))
        model = make_pipeline(StandardScaler(), SVR(C=0.2, gamma=0.005, epsilon=0.01))
        found = cls(interval_s, limit, typical, model, tuple(run.load for run in runs))
        rows = [slice(FIRST, None, EVERY)] * len(runs)
        features = [found.features(run)[part] for run, part in zip(runs, rows, strict=True)]
        remaining = [(load[-1] - load)[part] / typical for load, part in zip(loads, rows, strict=True)]
        model.fit(np.concatenate(features), np.concatenate(remaining))
        return found

    def predict(self, run: LoadRun) -> float:
        """Seconds left after the last row of a run that is still going on."""
        left = max(float(self.model.predict(self.features(run)[-1:])[0]), 0.0) * self.typical
        course = np.cumsum(self._expected_load(run.load)) * self.interval_s
        place = int(np.searchsorted(course, left))
        if place < len(course):
            return place * self.interval_s
        return len(course) * self.interval_s + (left - float(course[-1])) / max(float(run.load[-1]), 1e-9)

    def features(self, run: LoadRun) -> Float64s:
        """One row of features per reading; nothing looks ahead."""
        signal = np.maximum(run.signal, 0.0)
        rows = len(signal)
        time = np.arange(1, rows + 1) * self.interval_s
        load = np.cumsum(run.load) * self.interval_s / self.typical
        levels = trailing_mean(signal[:, None], LEVELS[1])[:, 0]
        columns = [time, load, load / time, run.load]
        columns += [trailing_mean(signal[:, None], window)[:, 0] for window in LEVELS]
        for window in SLOPES:
            slope = _slope_over(load, signal, window)
            columns += [slope, np.minimum((self.limit - levels) / np.maximum(slope, 1e-3 * self.limit), 1.5)]
        unrest = np.abs(np.diff(signal, prepend=signal[0]))
        columns += [np.log1p(levels), trailing_mean(unrest[:, None], 100)[:, 0]]
        for back in LOOKED_BACK:
            then = np.searchsorted(load, load - back)
            columns.append(np.where(load > back, levels[np.minimum(then, rows - 1)], 0.0))
        return np.column_stack(columns)

    def _expected_load(self, load: Float64s) -> Float64s:
        """Load per second to come: mean course of the former runs whose load so far was most alike."""
        done = len(load)
        steady = np.full(4 * done, load[-300:].mean())
        longer = [course for course in self.courses if len(course) > done + FIRST]
        if not longer:
            return steady
        unlike = np.array([np.abs(course[:done] - load).mean() for course in longer])
        near = np.argsort(unlike)[
            : max(1, min(10, int((unlike <= ALIKE * unlike.min() + 0.02 * load.mean()).sum())))
        ]
        length = min(len(longer[at]) for at in near) - done
        ahead: Float64s = np.mean([longer[at][done : done + length] for at in near], axis=0)
        return np.concatenate([ahead, np.full(len(steady), ahead[-FIRST:].mean())])


def _slope_over(x: Float64s, y: Float64s, window: int) -> Float64s:
    """Least-squares slope of y over x in the last `window` rows."""
    mean = trailing_mean(np.column_stack([x, y, x * y, x * x]), window)
    spread = np.maximum(mean[:, 3] - mean[:, 0] ** 2, 1e-12)
    return np.where(np.arange(len(x)) < 2, 0.0, (mean[:, 2] - mean[:, 0] * mean[:, 1]) / spread)
