"""Boiler, heating and utility kinds in virtual time: quiet while healthy, alarmed by faults, then quiet."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from config.expression import compile_expression
from config.kind import Kind
from config.loading import load_kinds
from config.plant import Plant
from device_sim.scenario import PlantedFault
from tests.kind_trace import DAY, PlainWindows, Trace, alarms, all_alarms, at, of_one_kind, play

KINDS = [
    "hot_water_boiler",
    "pressurisation_unit",
    "water_softener",
    "gas_detector",
    "circulation_pump",
    "heating_zone",
    "heat_meter",
    "water_meter",
    "power_meter",
    "gas_meter",
    "weather_station",
]
WINTER, SPRING = "2025-01-10T00:00", "2025-03-12T00:00"
SUMMER, AUTUMN = "2025-07-20T00:00", "2025-11-12T00:00"
SLOW = {"water_softener", "pressurisation_unit", "water_meter"}
"""Kinds whose faults show over days."""


@cache
def kinds() -> dict[str, Kind]:
    return load_kinds()


@pytest.fixture(scope="module")
def plants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plant]:
    return {kind: of_one_kind(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


@pytest.mark.parametrize("season", [WINTER, SPRING, SUMMER, AUTUMN])
@pytest.mark.parametrize("kind", KINDS)
def test_healthy_equipment_raises_no_alarm(kind: str, season: str, plants: dict[str, Plant]) -> None:
    for days, step in ((0.75, "2m"), (5.0, "15m")):
        for trace in play(plants[kind], at(season), days, step).values():
            assert all_alarms(trace) == []


@pytest.mark.parametrize("kind", KINDS)
def test_healthy_readings_are_plausible_and_complete(kind: str, plants: dict[str, Plant]) -> None:
    for season in (WINTER, SUMMER):
        trace = play(plants[kind], at(season), 3.0, "5m")["north/unit-0"]
        for name, point in trace.kind.points.items():
            values = trace.columns[name][12:]
            assert not np.isnan(values).any(), name
            assert point.plausible[0] <= values.min(), name
            assert values.max() <= point.plausible[1], name


def _played(plant: Plant, kind: str, fault: str) -> tuple[dict[str, Trace], int, int]:
    """A healthy day, the fault growing to full severity and staying, the repair; onset and end."""
    ramp = min(plant.kinds[kind].simulation.faults[fault].ramp, 4 * DAY)
    slow = (kind in SLOW and fault != "burst") or ramp >= DAY
    stay = 6 * DAY if slow else round(1.5 * DAY)
    start = at("2024-11-20T00:00")
    onset, end = start + DAY, start + DAY + ramp + stay
    planted = PlantedFault(onset, "north/unit-0", fault, ramp, 1.0, end)
    days = (end - start) / DAY + (6.0 if kind in SLOW else 2.0)
    return play(plant, start, days, "15m" if slow else "5m", [planted]), onset, end


@pytest.mark.parametrize(("kind", "fault"), [(k, f) for k in KINDS for f in kinds()[k].simulation.faults])
def test_a_fault_raises_its_alarms_names_its_cause_and_clears(
    kind: str, fault: str, plants: dict[str, Plant]
) -> None:
    traces, onset, end = _played(plants[kind], kind, fault)
    trace, simulated = traces["north/unit-0"], plants[kind].kinds[kind].simulation.faults[fault]
    raised = {rule: alarms(trace, rule) for rule in simulated.raises}
    assert raised
    for rule, found in raised.items():
        assert found, f"{rule} was not raised"
        assert onset <= found[0].raised_ns < end, rule
        assert found[-1].cleared_ns is not None, f"{rule} did not clear"
    last = max(found[0].raised_ns for found in raised.values())
    if simulated.causes is not None:
        assert _likeliest(trace, int(np.searchsorted(trace.times, last))) == simulated.causes
    assert all_alarms(traces["north/unit-1"]) == [], "the healthy neighbour alarmed too"


def _likeliest(trace: Trace, row: int) -> str:
    """The cause that the signs seen at a row speak for most."""
    return max(trace.kind.faults, key=lambda fault: _log_odds(trace, fault, row))


def _log_odds(trace: Trace, fault: str, row: int) -> float:
    model = trace.kind.faults[fault]
    odds = math.log(model.prior / (1 - model.prior))
    for sign in model.symptoms:
        compiled = compile_expression(sign.when, set(trace.columns))
        seen = compiled.evaluate(trace.columns, PlainWindows(trace.times))
        if np.broadcast_to(seen, trace.times.shape)[row]:
            odds += math.log(sign.likelihood / sign.background)
        else:
            odds += math.log((1 - sign.likelihood) / (1 - sign.background))
    return odds


@pytest.mark.parametrize("kind", KINDS)
def test_every_limit_says_where_it_comes_from(kind: str) -> None:
    model = kinds()[kind]
    for limit in [*model.alarms.values(), *model.maintenance.values()]:
        if limit.mark == "M":
            assert "not verified" in limit.source
        if limit.mark == "E":
            assert "engineering default" in limit.source
