"""Faults of a simulated boiler (Shohet et al. 2019) at operating points never seen in training."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from analytics.benchmarks.files import Texts, expected, floats, table, texts
from analytics.benchmarks.runner import Figures, Task
from analytics.benchmarks.scoring import folds, macro_f1
from analytics.faults.boiler_diagnosis import BoilerDiagnosis, SteadyStates

COLUMNS = ("Fuel_Mdot", "Tair", "Treturn", "Tsupply", "Water_Mdot")


class Part(NamedTuple):
    """Steady states with their cause and severity, both empty where there are no labels."""

    states: SteadyStates
    causes: Texts
    severities: Texts


def run(task: Task) -> Figures:
    """Judge grouped by operating point (fuel and water flow), and each fuel level from the others."""
    data = _read(task.data)
    trained = _fit(_read(task.train)) if task.train else None
    labelled = bool((data.causes != "").all())
    task.need_labels_or_training(labelled=labelled)
    point = np.unique(np.column_stack([data.states.fuel, data.states.water]), axis=0, return_inverse=True)[1]
    by_point = _judge(data, point.ravel(), trained)
    task.predict("predictions", {"row": range(len(by_point)), "class": by_point})
    if not labelled:
        return {}
    names = sorted(set(data.causes))
    levels = np.unique(data.states.fuel)
    by_level = _judge(data, data.states.fuel, trained)
    unseen = [
        macro_f1(data.causes[at], by_level[at], names) for at in (data.states.fuel == x for x in levels)
    ]
    return {
        "macro_f1_grouped": macro_f1(data.causes, by_point, names),
        "macro_f1_unseen_fuel": float(np.mean(unseen)),
        "macro_f1_unseen_fuel_lowest": unseen[0],
    }


def _judge(data: Part, groups: np.ndarray, trained: BoilerDiagnosis | None) -> Texts:
    if trained is not None:
        return trained.judge(data.states).cause
    found = data.causes.copy()
    number = 5 if len(np.unique(groups)) > 5 else len(np.unique(groups))
    for learn, test in folds(groups, number):
        part = Part(data.states.where(learn), data.causes[learn], data.severities[learn])
        found[test] = _fit(part).judge(data.states.where(test)).cause
    return found


def _fit(part: Part) -> BoilerDiagnosis:
    return BoilerDiagnosis.fit(part.states, part.causes, part.severities)


def _read(folder: Path) -> Part:
    tables = [table(text) for _, text in texts(folder, ".csv")]
    usable = [one for one in tables if set(COLUMNS) <= one.keys()]
    expected(usable, f"{folder} holds no file with the columns {', '.join(COLUMNS)}")
    states = SteadyStates(*(np.concatenate([floats(one[name]) for one in usable]) for name in COLUMNS))
    empty = [np.full(len(one["Tair"]), "") for one in usable]
    causes, severities = (
        np.concatenate([one.get(name, none) for one, none in zip(usable, empty, strict=True)])
        for name in ("Class", "Condition")
    )
    return Part(states, causes, severities)
