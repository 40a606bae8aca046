"""Plays planted faults of one kind, or a healthy plant, through the product's own analytics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.alarms.changes import ConditionChange
from analytics.faults.diagnosis import Diagnosis
from analytics.pipeline import Pipeline
from config.clock import DAY, HOUR, MINUTE
from config.kind import Kind
from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario
from device_sim.suites.plants import SITE, asset, make_plant

SEVERITIES = {"low": 0.25, "middle": 0.5, "full": 1.0}
_SLOW = DAY
_STAY = 8 * DAY
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
    plant: Plant, start: int, end: int, step: int, faults: Sequence[PlantedFault], seed: int
) -> list[ConditionChange]:
    """All that the analytics say of a plant between two times (UTC ns), moved on in equal steps."""
    fleet, pipeline = Fleet(plant, seed, Scenario(faults)), Pipeline(plant, diagnosis=Diagnosis(plant))
    said: list[ConditionChange] = []
    for begin in range(start, end, _CHUNK):
        times = np.arange(begin, min(begin + _CHUNK, end), step, dtype=np.int64)
        said += pipeline.take([fleet.advance(times, step)]).changes
    return said


def judge_kind(kind: Kind, start: int, severity: str, seed: int) -> tuple[list[Case], Healthy]:
    """Every fault of a kind at one severity, each on an asset of its own beside a healthy one."""
    cases: list[Case] = []
    watched, raised = 0, list[tuple[str, str]]()
    for slow in (False, True):
        names = [n for n in _faults(kind, severity) if (kind.simulation.faults[n].ramp >= _SLOW) == slow]
        if not names:
            continue
        rng = np.random.default_rng([seed, slow])
        lead, step = (3 * DAY, 15 * MINUTE) if slow else (2 * DAY, 3 * MINUTE)
        longest = max(kind.simulation.faults[n].ramp for n in names)
        end = start + lead + DAY + longest + _STAY
        faults = list(_planted(kind, names, severity, start + lead, end, rng))
        plant = make_plant([asset(_unit(name), kind.kind) for name in [*names, "healthy"]])
        changes = play(plant, start, end, step, faults, seed)
        cases += [_case(kind, planted, severity, changes) for planted in faults]
        watched += end - start + sum(planted.onset_ns - start for planted in faults)
        raised += _unfounded(changes, faults)
    return cases, Healthy(watched, tuple(raised))


def _faults(kind: Kind, severity: str) -> Iterator[str]:
    """The faults that have this severity: what is there or not has one."""
    for name, fault in kind.simulation.faults.items():
        if fault.ramp or severity == "full":
            yield name


def _planted(
    kind: Kind, names: Sequence[str], severity: str, first: int, end: int, rng: np.random.Generator
) -> Iterator[PlantedFault]:
    for name in names:
        onset = first + int(rng.integers(0, DAY))
        ramp = kind.simulation.faults[name].ramp
        yield PlantedFault(onset, f"{SITE}/{_unit(name)}", name, ramp, SEVERITIES[severity], end)


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
    changes = play(plant, start, start + days * DAY, 5 * MINUTE, (), seed)
    raised = tuple((c.asset, c.rule) for c in changes if c.active)
    return Healthy(len(plant.assets) * days * DAY, raised)
