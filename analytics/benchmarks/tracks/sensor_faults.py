"""Faulty sensors of wireless networks (de Bruijn et al. 2016): found or not, and named right or not."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from analytics.benchmarks.files import Texts, expected, floats, labels, table, texts
from analytics.benchmarks.runner import Figures, Task
from analytics.benchmarks.scoring import f1, folds, macro_f1
from analytics.detectors.parts.network import Network
from analytics.detectors.sensor_fault import Codes, classify_series, train
from collector.reading import Float64s

FAULTS = (1, 2, 4, 8, 16)


class Series(NamedTuple):
    name: str
    mote: str
    timestamp: Texts
    values: Float64s
    codes: Codes


def run(task: Task) -> Figures:
    """Learn from `--train`; else 5-fold by mote on the data itself; else use the network that ships."""
    judged = _series(task.data)
    shifted = [_shifted(one, number) for number, one in enumerate(judged)]
    labelled = all((one.codes >= 0).all() for one in judged)
    found, found_shifted = list(judged), list(shifted)
    for network, places in _networks(task, judged, labelled=labelled):
        for source, target in ((judged, found), (shifted, found_shifted))[: 1 + labelled]:
            codes = classify_series([source[at].values for at in places], network)
            for at, judgement in zip(places, codes, strict=True):
                target[at] = source[at]._replace(codes=judgement)
    for one in found:
        task.predict(one.name, {"timestamp": one.timestamp, "fault": one.codes})
    return _figures(judged, found, "") | _figures(shifted, found_shifted, "_shifted") if labelled else {}


def _networks(task: Task, judged: list[Series], *, labelled: bool) -> list[tuple[Network | None, list[int]]]:
    if task.train is not None:
        return [(train([(one.values, one.codes) for one in _series(task.train)]), list(range(len(judged))))]
    if not labelled:
        return [(None, list(range(len(judged))))]
    parts: list[tuple[Network | None, list[int]]] = []
    for learn, test in folds(np.array([one.mote for one in judged])):
        network = train([(judged[at].values, judged[at].codes) for at in np.flatnonzero(learn)])
        parts.append((network, np.flatnonzero(test).tolist()))
    return parts


def _series(folder: Path) -> list[Series]:
    found = []
    for name, text in texts(folder, "txt", "csv"):
        columns = table(text)
        value = next((key for key in columns if "temp" in key.lower()), None)
        if value is None or "timestamp" not in columns:
            continue
        marks = labels(columns, "has_fault_type")
        codes = np.full(len(columns[value]), -1) if marks is None else np.nan_to_num(marks).astype(np.int64)
        mote = str(columns["mote_id"][0]) if "mote_id" in columns else name
        found.append(Series(name, mote, columns["timestamp"], floats(columns[value]), codes))
    return expected(found, f"{folder} holds no file with the columns `timestamp` and `temperature`")


def _shifted(one: Series, number: int) -> Series:
    rng = np.random.default_rng(number)
    values = one.values[::4] * rng.uniform(0.3, 3) + rng.uniform(-50, 50)
    return one._replace(values=values, codes=one.codes[::4])


def _figures(truth: list[Series], found: list[Series], ending: str) -> Figures:
    true, named = (np.concatenate([one.codes for one in series]) for series in (truth, found))
    detection, types = f1(true > 0, named > 0), macro_f1(true, named, FAULTS)
    return {f"detection_f1{ending}": detection, f"type_macro_f1{ending}": types}
