"""Remaining life of simulated turbofans (NASA C-MAPSS FD001), beside plain gradient boosting."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analytics.benchmarks.files import texts
from analytics.benchmarks.runner import Figures, Task
from analytics.benchmarks.scoring import folds, rmse
from analytics.prognosis.run_to_failure import RunToFailure
from analytics.prognosis.windows import trailing_mean, trailing_slope
from collector.reading import Float64s

CAP = 125.0
FIRST_SENSOR = 5
Units = dict[int, Float64s]


def run(task: Task) -> Figures:
    """5-fold by unit, each cut once at 30-95 % of its life; predictions for the cut-off units of `data`."""
    lives = _units(task.train or task.data, "train_")
    cut_off = _units(task.data, "test_")
    if lives and cut_off:
        found = RunToFailure.fit(list(lives.values()), cap=CAP, ranged=False).predict(list(cut_off.values()))
        task.predict("predictions", {"unit": cut_off, "rul": found.expected.round(3)})
    judged = _units(task.data, "train_")
    task.need_labels_or_training(labelled=bool(judged))
    return _figures(list(judged.values()), np.array(list(judged))) if judged else {}


def _figures(lives: list[Float64s], units: np.ndarray) -> Figures:
    shares = np.random.default_rng(0).uniform(0.3, 0.95, len(lives))
    cuts = [int(np.ceil(len(life) * share)) for life, share in zip(lives, shares, strict=True)]
    truth = np.array([len(life) - cut for life, cut in zip(lives, cuts, strict=True)], dtype=np.float64)
    found, plain = np.zeros(len(lives)), np.zeros(len(lives))
    for learn, test in folds(units):
        taught = [lives[at] for at in np.flatnonzero(learn)]
        asked = [lives[at][: cuts[at]] for at in np.flatnonzero(test)]
        found[test] = RunToFailure.fit(taught, cap=CAP, ranged=False).predict(asked).expected
        plain[test] = _gradient_boosting(taught, asked)
    capped, off = np.minimum(truth, CAP), found - truth
    return {
        "rmse": rmse(capped, found),
        "rmse_gradient_boosting": rmse(capped, plain),
        "score": float(np.expm1(np.where(off < 0, -off / 13, off / 10)).sum()),
        "rmse_raw": rmse(truth, found),
    }


def _gradient_boosting(taught: list[Float64s], asked: list[Float64s]) -> Float64s:
    from sklearn.ensemble import HistGradientBoostingRegressor

    varying = np.concatenate(taught).std(axis=0) > 1e-6
    features = [_plain(life[:, varying]) for life in taught]
    remaining = [np.minimum(np.arange(len(life) - 1, -1, -1), CAP) for life in taught]
    model = HistGradientBoostingRegressor(random_state=0).fit(
        np.concatenate(features), np.concatenate(remaining)
    )
    predicted: Float64s = model.predict(np.array([_plain(life[:, varying])[-1] for life in asked]))
    return predicted


def _plain(life: Float64s) -> Float64s:
    age = np.arange(1.0, len(life) + 1)[:, None]
    return np.column_stack([life, trailing_mean(life, 30), trailing_slope(life, 30, patience=False), age])


def _units(folder: Path, prefix: str) -> Units:
    files = [text for name, text in texts(folder, ".txt") if name.split("/")[-1].startswith(prefix)]
    if not files:
        return {}
    table = np.concatenate([np.loadtxt(text.splitlines()) for text in files])
    return {int(unit): table[table[:, 0] == unit, FIRST_SENSOR:] for unit in np.unique(table[:, 0])}
