"""Plays planted faults of one kind, or a healthy plant, through the product's own analytics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analytics.alarms.changes import ConditionChange
from analytics.faults.diagnosis import Diagnosis
from analytics.pipeline import Pipeline
from collector.reading import Source
from config.clock import DAY, HOUR, MINUTE
from config.kind import Kind
from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.history import Stretch
from device_sim.scenario import PlantedFault, Scenario
from device_sim.suites.plants import SITE, asset, make_plant

SEVERITIES = {"low": 0.25, "middle": 0.5, "full": 1.0}
_SLOW = DAY
_LEAD, _STAY = 10 * DAY, 8 * DAY
_COARSE, _FINE = 15 * MINUTE, 3 * MINUTE
_CHUNK = 12 * HOUR


@dataclass(frozen=True, slots=True)
class Case:
    """One planted fault and what came of it. Times are UTC ns; `found`, `cause` None: nothing was raised."""

    kind: str
    fault: str
    severity: str
    ramp: int
    expected: str | None
    """The cause that should be named first; None: the kind has no model of it."""
    onset: int
    found: int | None
    rule: str | None
    cause: str | None

    @property
    def right(self) -> bool:
        """Whether the first alarm named the right cause first."""
        return self.found is not None and self.cause == self.expected

    @property
    def delay(self) -> float | None:
        """From the onset to the first alarm, as a share of the ramp; None: not found, or no ramp."""
        return None if self.found is None or not self.ramp else (self.found - self.onset) / self.ramp


@dataclass(frozen=True, slots=True)
class Healthy:
    """Healthy equipment: how long it was watched in all, and the (asset, rule) pairs raised there."""

    asset_ns: int
    raised: tuple[tuple[str, str], ...]


def play(
    plant: Plant, stretches: Sequence[Stretch], faults: Sequence[PlantedFault], seed: int
) -> list[ConditionChange]:
    """All that the analytics say of a plant over stretches of time, one after the other."""
    fleet, pipeline = Fleet(plant, seed, Scenario(faults)), Pipeline(plant, diagnosis=Diagnosis(plant))
    said: list[ConditionChange] = []
    for stretch in stretches:
        for begin in range(stretch.start, stretch.end, _CHUNK):
            times = Stretch(begin, min(begin + _CHUNK, stretch.end), stretch.step).times
            reported = fleet.advance(times, stretch.step)
            # As a past that is loaded: coarse steps are no silence.
            past = replace(reported, source=np.full_like(reported.source, Source.SIMULATED))
            said += pipeline.take([past]).changes
    return said


def judge_kind(kind: Kind, start: int, severity: str, seed: int) -> tuple[list[Case], Healthy]:
    """Every fault of a kind at one severity, each on an asset of its own beside a healthy one."""
    cases: list[Case] = []
    watched, raised = 0, list[tuple[str, str]]()
    for slow in (False, True):
        names = [n for n in _faults(kind, severity) if (kind.simulation.faults[n].ramp >= _SLOW) == slow]
        if not names:
            continue
        longest = max(kind.simulation.faults[n].ramp for n in names)
        first = start + _LEAD
        end = first + DAY + longest + _STAY
        onsets = first + np.random.default_rng([seed, slow]).integers(0, DAY, len(names))
        faults = [_planted(kind, n, severity, (int(at), end)) for n, at in zip(names, onsets, strict=True)]
        plant = make_plant([asset(_unit(name), kind.kind) for name in [*names, "healthy"]])
        changes = play(plant, _stretches(start, first, end, slow=slow), faults, seed)
        cases += [_case(kind, planted, severity, changes) for planted in faults]
        watched += end - start + sum(planted.onset_ns - start for planted in faults)
        raised += _unfounded(changes, faults)
    return cases, Healthy(watched, tuple(raised))


def _faults(kind: Kind, severity: str) -> Iterator[str]:
    """The faults that have this severity: what is there or not has one."""
    for name, fault in kind.simulation.faults.items():
        if fault.ramp or severity == "full":
            yield name


def _stretches(start: int, first: int, end: int, *, slow: bool) -> list[Stretch]:
    """Coarse steps before the first onset; fine ones after it where faults are quick."""
    step = _COARSE if slow else _FINE
    return [Stretch(start, first, _COARSE), Stretch(first, end, step)]


def _planted(kind: Kind, fault: str, severity: str, span: tuple[int, int]) -> PlantedFault:
    onset, end = span
    ramp = kind.simulation.faults[fault].ramp
    return PlantedFault(onset, f"{SITE}/{_unit(fault)}", fault, ramp, SEVERITIES[severity], end)


def _unit(fault: str) -> str:
    return fault.replace("_", "-")


def _case(kind: Kind, planted: PlantedFault, severity: str, changes: Sequence[ConditionChange]) -> Case:
    mine = [c for c in changes if c.asset == planted.asset and c.active and c.at >= planted.onset_ns]
    first = min(mine, key=lambda c: c.at, default=None)
    causes: list[dict[str, Any]] = [] if first is None else first.evidence.get("causes", [])
    return Case(
        kind=kind.kind,
        fault=planted.fault,
        severity=severity,
        ramp=planted.ramp_ns,
        expected=kind.simulation.faults[planted.fault].causes,
        onset=planted.onset_ns,
        found=None if first is None else first.at,
        rule=None if first is None else first.rule,
        cause=causes[0]["fault"] if causes else None,
    )


def _unfounded(changes: Sequence[ConditionChange], faults: Sequence[PlantedFault]) -> list[tuple[str, str]]:
    onset = {planted.asset: planted.onset_ns for planted in faults}
    return [(c.asset, c.rule) for c in changes if c.active and c.at < onset.get(c.asset, c.at + 1)]


def judge_healthy(plant: Plant, start: int, days: int, seed: int) -> Healthy:
    """A whole plant without a fault."""
    changes = play(plant, [Stretch(start, start + days * DAY, 5 * MINUTE)], (), seed)
    raised = tuple((c.asset, c.rule) for c in changes if c.active)
    return Healthy(len(plant.assets) * days * DAY, raised)
