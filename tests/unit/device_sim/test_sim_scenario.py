"""Faults are planned so that their truth is known, spread over families, and never too many at once."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from collector.reading import ReadingBatch
from config.clock import DAY, HOUR, MINUTE, SECOND
from config.loading import demo_plant
from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.planning import OPENING_FAMILIES, Planner
from device_sim.scenario import PlantedFault, Scenario
from device_sim.truth import describe, read_truth, write_truth
from tests.kind_trace import alarms, reported


def _at(*date: int) -> int:
    return int(dt.datetime(*date, tzinfo=dt.UTC).timestamp()) * SECOND


NOW = _at(2026, 11, 21, 6)
SEASONS = [_at(2026, 1, 20, 2), _at(2026, 4, 28, 8), _at(2026, 7, 21, 15), _at(2026, 10, 15, 20)]


@pytest.fixture(scope="module")
def plant() -> Plant:
    return demo_plant()


def _planner(plant: Plant, seed: int = 1) -> Planner:
    return Planner(plant, np.random.default_rng(seed), seed=seed)


def test_a_fault_grows_to_its_severity_and_ends_with_the_repair() -> None:
    fault = PlantedFault(1000 * SECOND, "lab/a", "f", 100 * SECOND, 0.8, 1300 * SECOND)
    times = np.array([900, 1000, 1050, 1100, 1299, 1300], dtype=np.int64) * SECOND
    np.testing.assert_allclose(fault.severity_at(times), [0, 0, 0.4, 0.8, 0.8, 0])


def test_a_fault_without_ramp_is_there_at_once() -> None:
    times = np.array([9, 10, 11], dtype=np.int64) * SECOND
    assert PlantedFault(10 * SECOND, "lab/a", "f").severity_at(times).tolist() == [0, 1, 1]


def test_only_faults_of_the_stretch_are_handed_to_a_behaviour(plant: Plant) -> None:
    assets = plant.of_kind("hot_water_boiler")
    early = PlantedFault(NOW - 2 * DAY, assets[0].id, "scale", HOUR, end_ns=NOW - DAY)
    now = PlantedFault(NOW, assets[1].id, "soot")
    severity = Scenario([early, now]).severity(assets, NOW + np.arange(3, dtype=np.int64))
    assert list(severity) == ["soot"]
    assert severity["soot"].sum(axis=0).tolist() == [0, 3] + [0] * (len(assets) - 2)


def test_the_past_has_repaired_faults_of_every_family(plant: Plant) -> None:
    past = _planner(plant).past(NOW - 60 * DAY, NOW)
    families = Counter(plant.assets[p.asset].family for p in past)
    assert set(families) == {"boiler", "heating", "fire", "canteen", "utility"}
    assert min(families.values()) >= 4
    assert all(p.end_ns is not None and NOW - 60 * DAY < p.onset_ns < p.end_ns < NOW for p in past)


def test_no_asset_has_two_faults_at_once_and_no_plant_loses_its_spare(plant: Plant) -> None:
    planner = _planner(plant, 4)
    faults = [*planner.developing(NOW), *planner.past(NOW - 60 * DAY, NOW)]
    for i, one in enumerate(faults):
        for other in faults[i + 1 :]:
            together = one.active_within(other.onset_ns, other.end_ns or NOW)
            kinds = plant.assets[one.asset].kind is plant.assets[other.asset].kind
            same_site = plant.assets[one.asset].site == plant.assets[other.asset].site
            spare = kinds and same_site and one.asset in plant.feeds
            assert not (together and (one.asset == other.asset or spare))


def test_what_develops_has_begun_and_is_not_full(plant: Plant) -> None:
    developing = _planner(plant).developing(NOW)
    assert len(developing) >= 3
    assert all(p.onset_ns < NOW < p.full_ns and p.end_ns is None for p in developing)


def test_heating_faults_are_not_planted_in_summer(plant: Plant) -> None:
    july = SEASONS[2]
    for planted in _planner(plant).past(july - 20 * DAY, july):
        assert plant.assets[planted.asset].kind.simulation.faults[planted.fault].season == "any"


@pytest.mark.parametrize("now", SEASONS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_at_the_start_every_family_shows_a_new_alarm_within_two_minutes(
    plant: Plant, now: int, seed: int
) -> None:
    opening = _planner(plant, seed).opening(now)
    assert [plant.assets[p.asset].family for p in opening] == list(OPENING_FAMILIES)
    fleet = Fleet(plant, seed, Scenario(opening), lively=True)
    first = fleet.advance(np.array([now]), SECOND, everything=True)
    following = fleet.advance(now + np.arange(1, 121, dtype=np.int64) * SECOND, SECOND)
    batch = ReadingBatch.concat([first, following])
    for planted in opening:
        trace = reported(plant, planted.asset, batch)
        rules = trace.kind.simulation.faults[planted.fault].raises
        raised = [found.raised_ns for rule in rules for found in alarms(trace, rule)]
        assert raised, planted
        assert planted.onset_ns <= min(raised) <= now + 110 * SECOND


def test_later_faults_come_one_after_the_other(plant: Plant) -> None:
    later = _planner(plant).later(NOW, NOW + 2 * DAY)
    assert 5 <= len(later) <= 10
    assert all(NOW <= p.onset_ns <= NOW + 2 * DAY for p in later)


def test_the_truth_log_tells_what_where_when_and_can_be_read_back(plant: Plant, tmp_path: Path) -> None:
    boiler = plant.of_kind("hot_water_boiler")[0]
    planted = PlantedFault(NOW, boiler.id, "soot", 20 * DAY, 1.0, NOW + 25 * DAY)
    told = describe(plant, planted)
    assert told["onset"] == "2026-11-21T06:00:00.000Z"
    assert told["full"] == "2026-12-11T06:00:00.000Z"
    assert (told["family"], told["kind"], told["cause"]) == ("boiler", "hot_water_boiler", "soot")
    assert "flue_temp_high" in told["raises"]
    log = tmp_path / "new" / "truth.jsonl"
    assert read_truth(log) == []
    other = PlantedFault(NOW + MINUTE, boiler.id, "ignition")
    write_truth(log, plant, [other, planted])
    assert read_truth(log) == [planted, other]
    write_truth(log, plant, [other])
    assert read_truth(log) == [other]
