"""Fire water: tank, jockey pump, network and hydrants as one system."""

from __future__ import annotations

import numpy as np
import pytest

from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario
from tests.kind_trace import DAY, HOUR, at, small_plant

MINUTE = HOUR // 60
MONDAY = at("2025-03-03T00:00")
Values = dict[str, dict[str, np.ndarray]]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    return small_plant(
        tmp_path_factory.mktemp("fire"),
        {
            "tank": ("fire_water_tank", ()),
            "pumps": ("fire_pump_set", ("tank",)),
            "hydrant": ("hydrant", ("pumps",)),
            "line": ("sprinkler_line", ("pumps",)),
        },
    )


def moved(plant: Plant, days: float, *faults: PlantedFault, step: int = MINUTE) -> Values:
    fleet = Fleet(plant, seed=2, scenario=Scenario(faults))
    times = MONDAY + np.arange(1, int(days * DAY / step) + 1, dtype=np.int64) * step
    return fleet.move(times, step)


def test_the_network_saws_between_jockey_start_and_stop(system: Plant) -> None:
    pumps = moved(system, 3)["fire_pump_set"]
    pressure = pumps["pressure"][:, 0]
    assert pressure.min() == pytest.approx(0.47, abs=0.005)
    assert pressure.max() == pytest.approx(0.52, abs=0.005)
    per_day = (pumps["jockey_starts"][-1] - pumps["jockey_starts"][0]) / 3
    assert 2 <= per_day[0] <= 6


def test_starts_per_hour_follow_from_leak_and_band(system: Plant) -> None:
    leak = PlantedFault(MONDAY, "north/pumps", "network_leak")
    pumps = moved(system, 1, leak)["fire_pump_set"]
    starts = pumps["jockey_starts"][-1, 0] - pumps["jockey_starts"][0, 0]
    loss_mpa_h, band, run_h = 1.358, 0.05, 40 / 3600
    assert starts / 24 == pytest.approx(1 / (band / loss_mpa_h + run_h), rel=0.03)


def test_starts_are_counted_whatever_the_step(system: Plant) -> None:
    leak = PlantedFault(MONDAY, "north/pumps", "network_leak")
    counted = []
    for step in (MINUTE, 15 * MINUTE):
        pumps = moved(system, 1, leak, step=step)["fire_pump_set"]
        counted.append(pumps["jockey_starts"][-1, 0] - 30000.0)
    assert counted[0] == pytest.approx(counted[1], abs=3)


def test_a_hydrant_reads_the_network_less_its_height(system: Plant) -> None:
    values = moved(system, 1)
    network, hydrant = values["fire_pump_set"]["pressure"], values["hydrant"]["pressure"]
    assert (network - hydrant).mean() == pytest.approx(12 * 0.0098, abs=0.001)


def test_pumps_are_tested_on_monday_and_wednesday_morning(system: Plant) -> None:
    pumps = moved(system, 7)["fire_pump_set"]
    electric, diesel = pumps["main_run"][:, 0] > 0, pumps["diesel_run"][:, 0] > 0
    assert electric.sum() == 15
    assert diesel.sum() == 30
    assert np.flatnonzero(electric)[0] == pytest.approx(10 * 60, abs=2)
    assert np.flatnonzero(diesel)[0] == pytest.approx((48 + 10) * 60, abs=2)
    assert pumps["test_active"][:, 0][electric | diesel].all()
    assert pumps["main_pressure"][:, 0][electric].min() > 0.78


def test_a_burst_main_starts_the_pump_and_is_felt_at_every_hydrant(system: Plant) -> None:
    values = moved(system, 1, PlantedFault(MONDAY + 12 * HOUR, "north/pumps", "burst_main"))
    assert values["fire_pump_set"]["main_run"][-1, 0] == 1
    assert values["hydrant"]["pressure"][-1, 0] < 0.2 < values["hydrant"]["pressure"][600, 0]


def test_make_up_replaces_what_the_tank_loses(system: Plant) -> None:
    tank = moved(system, 30, step=5 * MINUTE)["fire_water_tank"]
    made_up = tank["makeup_total"][-1, 0] - tank["makeup_total"][0, 0]
    gained = (tank["level"][-1, 0] - tank["level"][0, 0]) / 100 * 36
    lost_per_hour = (made_up - gained) / (30 * 24)
    assert 0.02 / 100 * 36 < lost_per_hour < 0.04 / 100 * 36
    assert tank["level"].min() > 98
    assert tank["level"].max() < 101.5


def test_tank_water_follows_the_seasons_and_stays_above_freezing(system: Plant) -> None:
    fleet = Fleet(system, seed=2)
    year = at("2025-01-01T00:00") + np.arange(1, 366 * 12, dtype=np.int64) * 2 * HOUR
    water = fleet.move(year, 2 * HOUR)["fire_water_tank"]["water_temp"][:, 0]
    assert 5.5 < water[:372].min() < 12
    assert 14 < water[2400:2772].max() < 25
