"""Clogging air filters (Hochschule Esslingen 2022): seconds left to 600 Pa."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from analytics.benchmarks.files import expected, floats, labels, table, texts
from analytics.benchmarks.runner import Figures, Task
from analytics.benchmarks.scoring import folds, rmse
from analytics.prognosis.load_life import LoadLife, LoadRun

LIMIT_PA = 600.0
JUDGED_AT = 0.75


class Filter(NamedTuple):
    """One filter's run; whole: it was run to its end and its remaining life is known."""

    number: int
    run: LoadRun
    interval_s: float
    whole: bool


def run(task: Task) -> Figures:
    """Figures at 75 % of life (5-fold by run, or learned from `--train`); predictions at the last row."""
    filters = _read(task.data)
    whole = [one for one in filters if one.whole]
    task.need_labels_or_training(labelled=len(whole) > 1)
    teachers = [one for one in _read(task.train) if one.whole] if task.train else whole
    if task.predictions is not None:
        model = _fit(teachers)
        left = [round(model.predict(one.run), 3) for one in filters]
        task.predict("predictions", {"run": [one.number for one in filters], "rul": left})
    if not whole:
        return {}
    truth, found = np.zeros(len(whole)), np.zeros(len(whole))
    for learn, test in folds(np.array([one.number for one in whole])):
        model = _fit(teachers if task.train else [whole[at] for at in np.flatnonzero(learn)])
        for at in np.flatnonzero(test):
            rows = int(JUDGED_AT * len(whole[at].run.signal))
            truth[at] = (len(whole[at].run.signal) - rows) * whole[at].interval_s
            found[at] = model.predict(LoadRun(*(column[:rows] for column in whole[at].run)))
    return {"rmse": rmse(truth, found)}


def _fit(filters: list[Filter]) -> LoadLife:
    return LoadLife.fit([one.run for one in filters], interval_s=filters[0].interval_s, limit=LIMIT_PA)


def _read(folder: Path) -> list[Filter]:
    found = []
    for _, text in texts(folder, ".csv"):
        columns = table(text)
        if "Differential_pressure" not in columns:
            continue
        number, left = floats(columns["Data_No"]), labels(columns, "RUL")
        pressure, dust, time = (
            floats(columns[key]) for key in ("Differential_pressure", "Dust_feed", "Time")
        )
        for one in np.unique(number):
            rows = number == one
            whole = left is not None and bool(left[rows][-1] < 1.0)
            interval_s = float(np.median(np.diff(time[rows])))
            found.append(Filter(int(one), LoadRun(pressure[rows], dust[rows]), interval_s, whole))
    return expected(
        found, f"{folder} holds no run: a CSV with `Data_No`, `Differential_pressure`, … is needed"
    )
