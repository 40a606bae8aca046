"""Streams of the Numenta Anomaly Benchmark: each value seen once, in order, one setting for all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from analytics.benchmarks.files import Texts, expected, floats, table, texts
from analytics.benchmarks.nab_score import Scored, best_threshold, figure, positions
from analytics.benchmarks.runner import Figures, Task
from analytics.detectors.novelty import Novelty
from analytics.detectors.parts.holding import peaks
from collector.reading import Float64s

PEAK_WINDOW = 100


class Stream(NamedTuple):
    """windows is None where the stream has no labels."""

    name: str
    timestamp: Texts
    value: Texts
    windows: list[tuple[float, float]] | None


def run(task: Task) -> Figures:
    """Score every stream; with labels choose the one threshold that suits them all best."""
    streams = _streams(task.data)
    scores = _scores(streams)
    for one, score in zip(streams, scores, strict=True):
        task.predict(
            one.name, {"timestamp": one.timestamp, "value": one.value, "anomaly_score": score.round(6)}
        )
    judged = [
        Scored(score.round(6), one.windows)
        for one, score in zip(streams, scores, strict=True)
        if one.windows is not None
    ]
    if not judged:
        return {} if task.threshold is None else {"threshold": task.threshold}
    threshold = best_threshold(judged) if task.threshold is None else task.threshold
    return {"score_standard": figure(judged, threshold), "threshold": threshold}


def _scores(streams: list[Stream]) -> list[Float64s]:
    longest = max(len(one.value) for one in streams)
    values = np.full((longest, len(streams)), np.nan)
    times = np.zeros((longest, len(streams)), dtype=np.int64)
    for at, one in enumerate(streams):
        values[: len(one.value), at] = floats(one.value)
        times[: len(one.value), at] = one.timestamp.astype("datetime64[ns]").astype(np.int64)
    points = np.arange(len(streams), dtype=np.int32)
    detector = Novelty(points)
    raw = np.array([detector.process(points, time, row) for time, row in zip(times, values, strict=True)])
    found = [peaks(raw[: len(one.value), at], PEAK_WINDOW) for at, one in enumerate(streams)]
    return [score / (1 + score) for score in found]


def _streams(folder: Path) -> list[Stream]:
    found = sorted(folder.rglob("combined_windows.json"))
    windows = json.loads(found[0].read_text(encoding="utf-8")) if found else {}
    streams = []
    for name, text in texts(folder, ".csv"):
        columns = table(text)
        if not {"timestamp", "value"} <= columns.keys():
            continue
        own = windows.get("/".join(name.split("/")[-2:]))
        spans = None if own is None else positions(columns["timestamp"], own)
        streams.append(Stream(name, columns["timestamp"], columns["value"], spans))
    return expected(streams, f"{folder} holds no stream: a CSV with the columns `timestamp,value` is needed")
