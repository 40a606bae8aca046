"""Small fire devices: gas law, batteries, dust, doors."""

from __future__ import annotations

import numpy as np
import pytest

from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario
from tests.kind_trace import DAY, HOUR, at, small_plant

MINUTE = HOUR // 60
START = at("2025-06-02T00:00")
KINDS = ("extinguisher", "fire_panel", "smoke_detector", "emergency_light", "fire_door")


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    folder = tmp_path_factory.mktemp("devices")
    return small_plant(folder, {kind.replace("_", "-"): (kind, ()) for kind in KINDS})


def moved(
    plant: Plant, days: float, *faults: PlantedFault, step: int = 5 * MINUTE
) -> dict[str, dict[str, np.ndarray]]:
    fleet = Fleet(plant, seed=4, scenario=Scenario(faults))
    times = START + np.arange(1, int(days * DAY / step) + 1, dtype=np.int64) * step
    return {
        kind: {name: column[:, 0] for name, column in values.items()}
        for kind, values in fleet.move(times, step).items()
    }


def test_an_extinguisher_s_pressure_is_proportional_to_absolute_temperature(devices: Plant) -> None:
    unit = moved(devices, 20)["extinguisher"]
    ratio = (unit["pressure"] + 0.1) / (unit["temp"] + 273.15)
    assert ratio.std() / ratio.mean() < 0.003
    assert np.corrcoef(unit["pressure"], unit["temp"])[0, 1] > 0.8


def test_the_panel_s_battery_falls_by_the_hour_without_mains_and_floats_again(devices: Plant) -> None:
    lost = PlantedFault(START + DAY, "north/fire-panel", "mains_failure", 0, 1.0, START + DAY + 10 * HOUR)
    panel = moved(devices, 2, lost)["fire_panel"]
    on_battery = panel["battery_voltage"][DAY // (5 * MINUTE) : (DAY + 10 * HOUR) // (5 * MINUTE)]
    assert on_battery[0] - on_battery[-2] == pytest.approx(0.28 * 9.8, abs=0.15)
    assert panel["battery_voltage"][-1] > 27


def test_the_discharge_test_leaves_its_end_voltage(devices: Plant) -> None:
    panel = moved(devices, 29)["fire_panel"]
    tested = panel["test_mode"] > 0
    assert tested.sum() * 5 == pytest.approx(40, abs=5)
    assert not panel["mains_ok"].all()
    assert panel["battery_test_voltage"][-1] == pytest.approx(25.8 - 0.28 * 0.5, abs=0.1)


def test_alarms_without_fire_are_counted_one_by_one(devices: Plant) -> None:
    panel = moved(devices, 2, PlantedFault(START, "north/fire-panel", "nuisance"), step=MINUTE)["fire_panel"]
    begins = np.count_nonzero(np.diff(panel["fire"]) > 0)
    assert panel["fire_events"][-1] - panel["fire_events"][0] == pytest.approx(begins, abs=1)
    assert begins == pytest.approx(32, abs=2)


def test_dust_gathers_slowly_and_a_dirty_head_uses_up_its_reserve(devices: Plant) -> None:
    clean = moved(devices, 30, step=HOUR)["smoke_detector"]["drift"]
    assert clean[-48:].mean() - clean[:48].mean() == pytest.approx(1.1, abs=0.6)
    dirty = PlantedFault(START, "north/smoke-detector", "dirty_head", 20 * DAY)
    drift = moved(devices, 30, dirty, step=HOUR)["smoke_detector"]["drift"]
    assert 97 < drift[-1] < 101


def test_an_emergency_light_knows_its_duration_from_its_last_test_only(devices: Plant) -> None:
    ageing = PlantedFault(START, "north/emergency-light", "battery_ageing", 10 * DAY)
    light = moved(devices, 12, ageing, step=15 * MINUTE)["emergency_light"]
    assert len(np.unique(light["test_duration"])) <= 8
    assert light["test_duration"][0] > 75
    assert light["test_duration"][-1] < 25


def test_a_door_is_open_for_seconds_by_day_and_hardly_at_night(devices: Plant) -> None:
    fleet = Fleet(devices, seed=4)
    times = START + np.arange(1, DAY // (5 * 10**9) + 1, dtype=np.int64) * 5 * 10**9
    door = {name: v[:, 0] for name, v in fleet.move(times, 5 * 10**9)["fire_door"].items()}
    hours = np.arange(len(times)) * 5 / 3600
    busy = (hours > 8) & (hours < 18)
    assert door["open"][busy].mean() > 10 * door["open"][hours < 5].mean()
    assert door["open_time"].max() < 25
    opened = np.count_nonzero(np.diff(door["open"]) > 0)
    assert door["passages"][-1] - door["passages"][0] == pytest.approx(opened, rel=0.2)
