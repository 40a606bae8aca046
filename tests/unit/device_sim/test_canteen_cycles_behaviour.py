"""Washing, disinfecting, holding, frying: cycles and the heat their temperatures follow from."""

from __future__ import annotations

import numpy as np
import pytest

from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario
from tests.kind_trace import DAY, HOUR, at, small_plant

MINUTE = HOUR // 60
START = at("2025-05-05T00:00")
KINDS = ("dishwasher", "disinfection_cabinet", "hot_holding", "chlorine_bath", "fryer")


@pytest.fixture(scope="module")
def canteen(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    folder = tmp_path_factory.mktemp("canteen")
    return small_plant(folder, {kind.replace("_", "-"): (kind, ()) for kind in KINDS})


def moved(plant: Plant, days: float, *faults: PlantedFault) -> dict[str, dict[str, np.ndarray]]:
    fleet = Fleet(plant, seed=3, scenario=Scenario(faults))
    times = START + np.arange(1, int(days * DAY / MINUTE) + 1, dtype=np.int64) * MINUTE
    return {
        kind: {name: column[:, 0] for name, column in values.items()}
        for kind, values in fleet.move(times, MINUTE).items()
    }


def test_the_dishwasher_rinses_hot_whenever_it_runs_and_cools_down_after(canteen: Plant) -> None:
    washer = moved(canteen, 2)["dishwasher"]
    running = washer["running"] > 0
    assert 6 <= running.sum() / 60 <= 11
    assert washer["rinse_temp"][running].min() > 85.5
    assert washer["rinse_temp"][~running].min() < 45
    assert washer["run_hours"][-1] - washer["run_hours"][0] == pytest.approx(running.sum() / 60, abs=0.1)


def test_a_batch_counts_the_seconds_that_its_temperature_was_above_120(canteen: Plant) -> None:
    cabinet = moved(canteen, 1)["disinfection_cabinet"]
    hot = cabinet["temp"] > 120
    batches = cabinet["batches"][-1] - cabinet["batches"][0]
    assert batches == 3
    assert hot.sum() * 60 / batches == pytest.approx(cabinet["qualified_seconds"][-1], abs=90)
    assert cabinet["qualified_seconds"][-1] > 600


def test_heat_up_time_grows_as_tubes_fail_until_the_limit_is_never_reached(canteen: Plant) -> None:
    times = []
    for severity in (0.0, 0.5, 1.0):
        failing = PlantedFault(START, "north/disinfection-cabinet", "heater_weak", 0, severity)
        cabinet = moved(canteen, 1, failing)["disinfection_cabinet"]
        times.append((cabinet["heat_up_time"][-1], cabinet["qualified_seconds"][-1], cabinet["temp"].max()))
    assert times[0][0] < times[1][0] < times[2][0]
    assert times[0][1] > times[1][1] > times[2][1] == 0
    assert times[2][2] < 120


def test_food_comes_in_hot_and_settles_above_the_limit(canteen: Plant) -> None:
    counter = moved(canteen, 1)["hot_holding"]
    serving = counter["in_use"] > 0
    assert counter["food_temp"][serving].min() > 62
    first = np.flatnonzero(serving)[0]
    assert counter["food_temp"][first] == pytest.approx(77, abs=1.5)
    assert counter["food_temp"][first + 100] < counter["food_temp"][first] - 3


def test_chlorine_saws_between_dirt_and_dose(canteen: Plant) -> None:
    bath = moved(canteen, 1)["chlorine_bath"]
    used = bath["free_chlorine"][bath["in_use"] > 0]
    assert used.min() > 270
    assert used.max() < 360
    assert np.ptp(used) > 30


def test_frying_ages_the_oil_until_it_is_changed(canteen: Plant) -> None:
    fryer = moved(canteen, 14)["fryer"]
    polar = fryer["polar_compounds"].reshape(14, -1)
    assert polar.max() < 22
    drops = np.flatnonzero(np.diff(polar[:, -1]) < -5)
    assert np.diff(drops).tolist() == [6] * (len(drops) - 1)
    grown = polar[:, 60 * 20].mean() - polar[:, 60 * 8].mean()
    assert grown == pytest.approx(2.3, abs=0.4)
    assert fryer["oil_temp"].max() < 183


def test_a_batch_opened_early_is_seen_at_the_door_and_counts_too_little(canteen: Plant) -> None:
    opened = PlantedFault(START, "north/disinfection-cabinet", "opened_early")
    cabinet = moved(canteen, 1, opened)["disinfection_cabinet"]
    running = cabinet["running"] > 0
    assert cabinet["door_open_time"][running].max() > 20
    assert cabinet["qualified_seconds"][-1] < 600
    assert moved(canteen, 1)["disinfection_cabinet"]["door_open_time"][:600].max() == 0
