"""Fire and canteen kinds in virtual time: quiet while healthy, alarmed by faults, quiet after the repair."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from config.expression import compile_expression
from config.kind import Kind
from config.loading import load_kinds
from config.plant import Plant
from device_sim.scenario import PlantedFault
from tests.kind_trace import (
    DAY,
    HOUR,
    PlainWindows,
    Trace,
    alarms,
    all_alarms,
    at,
    of_one_kind,
    play,
    small_plant,
)

FIRE = [
    "hydrant",
    "sprinkler_line",
    "fire_pump_set",
    "fire_water_tank",
    "extinguisher",
    "fire_panel",
    "smoke_detector",
    "emergency_light",
    "fire_door",
]
CANTEEN = [
    "refrigerator",
    "freezer",
    "sample_fridge",
    "hot_holding",
    "dishwasher",
    "disinfection_cabinet",
    "chlorine_bath",
    "fryer",
    "hand_wash_station",
    "dry_store",
    "manual_check",
]
KINDS = FIRE + CANTEEN
WINTER, SPRING = "2025-01-10T00:00", "2025-04-20T00:00"
SUMMER, AUTUMN = "2025-07-20T00:00", "2025-10-20T00:00"
WEEKLY = {"fire_pump_set", "emergency_light", "extinguisher", "smoke_detector"}
"""Kinds whose faults show in a test that comes once a week, or over days."""


@cache
def kinds() -> dict[str, Kind]:
    return load_kinds()


@pytest.fixture(scope="module")
def plants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plant]:
    return {kind: of_one_kind(tmp_path_factory.mktemp(kind), kind) for kind in KINDS}


@pytest.mark.parametrize("season", [WINTER, SPRING, SUMMER, AUTUMN])
@pytest.mark.parametrize("kind", KINDS)
def test_healthy_equipment_raises_no_alarm(kind: str, season: str, plants: dict[str, Plant]) -> None:
    for days, step in ((1.0, "2m"), (8.0, "15m")):
        for trace in play(plants[kind], at(season), days, step).values():
            assert all_alarms(trace) == []


@pytest.mark.parametrize("kind", KINDS)
def test_healthy_readings_are_plausible_complete_and_mostly_normal(
    kind: str, plants: dict[str, Plant]
) -> None:
    for season in (WINTER, SUMMER):
        trace = play(plants[kind], at(season), 3.0, "5m")["north/unit-0"]
        for name, point in trace.kind.points.items():
            values = trace.columns[name][12:]
            assert not np.isnan(values).any(), name
            assert point.plausible[0] <= values.min(), name
            assert values.max() <= point.plausible[1], name
            if point.normal is not None and not _rests(name):
                inside = (values >= point.normal[0]) & (values <= point.normal[1])
                assert inside.mean() > 0.9, name


def _rests(name: str) -> bool:
    """Points that leave their normal band whenever the equipment rests."""
    resting = {"food_temp", "well_temp", "heater_power", "wash_temp", "rinse_temp", "rinse_pressure"}
    return name in resting | {"free_chlorine", "oil_temp"}


def _season_of(fault: str) -> str:
    return (WINTER, SUMMER)[sum(map(ord, fault)) % 2]


def _played(plant: Plant, kind: str, fault: str) -> tuple[dict[str, Trace], int, int]:
    """A healthy day, the fault growing to full severity and staying, the repair; onset and end."""
    ramp = plant.kinds[kind].simulation.faults[fault].ramp
    slow = kind in WEEKLY or ramp >= DAY
    stay = 8 * DAY if slow else round(1.5 * DAY)
    start = at(_season_of(fault))
    onset, end = start + DAY, start + DAY + ramp + stay
    after = 2.5 if kind == "sample_fridge" else (8.0 if kind in WEEKLY else 1.5)
    planted = PlantedFault(onset, "north/unit-0", fault, ramp, 1.0, end)
    days = (end - start) / DAY + after
    return play(plant, start, days, "15m" if slow else "2m", [planted]), onset, end


@pytest.mark.parametrize(("kind", "fault"), [(k, f) for k in KINDS for f in kinds()[k].simulation.faults])
def test_a_fault_raises_its_alarms_names_its_cause_and_clears(
    kind: str, fault: str, plants: dict[str, Plant]
) -> None:
    traces, onset, end = _played(plants[kind], kind, fault)
    trace, simulated = traces["north/unit-0"], plants[kind].kinds[kind].simulation.faults[fault]
    raised = {rule: alarms(trace, rule) for rule in simulated.raises}
    for rule, found in raised.items():
        assert found, f"{rule} was not raised"
        assert onset <= found[0].raised_ns < end, rule
        assert found[-1].cleared_ns is not None, f"{rule} did not clear"
    all_raised = max(found[0].raised_ns for found in raised.values())
    assert _likeliest(trace, int(np.searchsorted(trace.times, all_raised))) == simulated.causes
    assert all_alarms(traces["north/unit-1"]) == [], "the healthy neighbour alarmed too"


def _likeliest(trace: Trace, row: int) -> str:
    """The cause that the signs seen at a row speak for most."""
    return max(trace.kind.faults, key=lambda fault: _log_odds(trace, fault, row))


def _log_odds(trace: Trace, fault: str, row: int) -> float:
    """Naive Bayes over the signs of one cause."""
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
    limits = [*model.alarms.values(), *model.maintenance.values()]
    for limit in limits:
        if limit.mark == "M":
            assert "not verified" in limit.source
        if limit.mark == "E":
            assert "engineering default" in limit.source


@pytest.mark.parametrize("kind", KINDS)
def test_every_alarm_is_explained_by_a_cause_or_by_the_season(kind: str) -> None:
    model = kinds()[kind]
    explained = {rule for fault in model.faults.values() for rule in fault.explains}
    seasonal = {"freezing", "water_cold", "room_cold", "cold", "too_cold"}
    rare = {"high_pressure", "pressure_high", "suction_lost", "slow_start", "test_valve_left_open"}
    assert set(model.alarms) - explained <= seasonal | rare


def test_a_plant_of_all_fire_kinds_fed_by_each_other_stays_quiet(tmp_path: Path) -> None:
    assets: dict[str, tuple[str, tuple[str, ...]]] = {
        "tank": ("fire_water_tank", ()),
        "pumps": ("fire_pump_set", ("tank",)),
        "hydrant-1": ("hydrant", ("pumps",)),
        "hydrant-2": ("hydrant", ("pumps",)),
        "sprinkler": ("sprinkler_line", ("pumps",)),
    }
    plant = small_plant(tmp_path, assets)
    for trace in play(plant, at(WINTER), 8.0, "10m").values():
        assert all_alarms(trace) == []


def test_a_closed_tank_takes_the_suction_from_its_pumps_only(tmp_path: Path) -> None:
    assets: dict[str, tuple[str, tuple[str, ...]]] = {
        "tank": ("fire_water_tank", ()),
        "pumps": ("fire_pump_set", ("tank",)),
        "other": ("fire_pump_set", ()),
    }
    plant = small_plant(tmp_path, assets)
    onset = at(SPRING) + 6 * HOUR
    traces = play(plant, at(SPRING), 1.0, "2m", [PlantedFault(onset, "north/tank", "outlet_closed")])
    assert [a.rule for a in all_alarms(traces["north/tank"])] == ["outlet_closed"]
    assert [a.rule for a in all_alarms(traces["north/pumps"])] == ["suction_lost"]
    assert plant.kinds["fire_pump_set"].alarms["suction_lost"].suppressed_by_feeder
    assert all_alarms(traces["north/other"]) == []
