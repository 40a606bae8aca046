"""A water rig with valves and a pump (SKAB v0.9): each run teaches itself with its first 400 rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.benchmarks.files import expected, floats, labels, table, texts
from analytics.benchmarks.nab_score import Judged, normalised
from analytics.benchmarks.runner import Figures, Task
from analytics.detectors.base import SECOND_NS
from analytics.detectors.multivariate import Multivariate
from analytics.detectors.parts.holding import held, once
from analytics.detectors.shift import Shift
from collector.reading import Float64s, Int64s

TAUGHT = 400
NOT_CHANNELS = ("datetime", "anomaly", "changepoint")
OFF_DELAY_NS, APART_NS = 20 * SECOND_NS, 60 * SECOND_NS


class Run(NamedTuple):
    """score: float64[rows]; anomaly, changepoint: 0 or 1 per row."""

    score: Float64s
    anomaly: Int64s
    changepoint: Int64s


def run(task: Task) -> Figures:
    """Judge every run by itself with one setting for all."""
    limit = 1.0 if task.threshold is None else task.threshold
    files = [(name, table(text, ";")) for name, text in texts(task.data, ".csv")]
    runs = [(name, columns) for name, columns in files if "datetime" in columns]
    expected(runs, f"{task.data} holds no run: a `;`-separated file with a `datetime` column is needed")
    judged = []
    for name, columns in runs:
        time = columns["datetime"].astype("datetime64[s]").astype(np.int64)
        found = judge(
            np.column_stack([floats(columns[key]) for key in columns if key not in NOT_CHANNELS]), time, limit
        )
        task.predict(name, {"datetime": columns["datetime"], **found._asdict()})
        truth, changes = labels(columns, "anomaly"), labels(columns, "changepoint")
        if truth is not None and changes is not None:
            judged.append((time, truth[TAUGHT:] > 0, changes > 0, found))
    return _figures(judged) if judged else {}


def judge(channels: Float64s, seconds: Int64s, limit: float) -> Run:
    """Feed a run (float64[rows, channels]) to the product's detectors, row by row."""
    rows, count = channels.shape
    points, group = np.arange(count, dtype=np.int32), np.zeros(count, dtype=np.int32)
    columns = np.tile(points, rows), np.repeat(seconds * SECOND_NS, count), channels.ravel()
    fitting, timing = (kind(points, groups=group).process(*columns) for kind in (Multivariate, Shift))
    score, change = fitting.reshape(rows, count)[:, 0], timing.reshape(rows, count)[:, 0]
    anomaly = held(score >= limit, seconds * SECOND_NS, OFF_DELAY_NS)
    changepoint = once(change >= 1.0, seconds * SECOND_NS, APART_NS)
    return Run(score, anomaly.astype(np.int64), changepoint.astype(np.int64))


def _figures(judged: list[tuple[Int64s, np.ndarray, np.ndarray, Run]]) -> Figures:
    truth = np.concatenate([true for _, true, _, _ in judged])
    found = np.concatenate([run.anomaly[TAUGHT:] > 0 for *_, run in judged])
    right, false, missed, quiet = (
        int(np.count_nonzero(cell))
        for cell in (truth & found, ~truth & found, truth & ~found, ~truth & ~found)
    )
    streams = [
        Judged(time[run.changepoint > 0], [(float(t), float(t) + 60) for t in time[changes]])
        for time, _, changes, run in judged
    ]
    return {
        "f1": 2 * right / max(2 * right + false + missed, 1),
        "far": 100 * false / max(false + quiet, 1),
        "mar": 100 * missed / max(missed + right, 1),
        "nab": normalised(streams),
    }
