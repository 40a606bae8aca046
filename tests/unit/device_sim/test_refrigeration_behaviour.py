"""Refrigeration: what a probe in a fridge shows over a day, and why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario
from tests.kind_trace import DAY, HOUR, at, of_one_kind

MINUTE = HOUR // 60
START = at("2025-05-05T00:00")


@pytest.fixture(scope="module")
def fridges(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    return of_one_kind(tmp_path_factory.mktemp("fridges"), "refrigerator")


def moved(plant: Plant, hours: float, *faults: PlantedFault, step: int = MINUTE) -> dict[str, np.ndarray]:
    fleet = Fleet(plant, seed=5, scenario=Scenario(faults))
    times = START + np.arange(1, int(hours * HOUR / step) + 1, dtype=np.int64) * step
    return fleet.move(times, step)["refrigerator"]


def test_air_swings_with_the_compressor_and_food_hardly_moves(fridges: Plant) -> None:
    values = moved(fridges, 24)
    assert np.ptp(values["air_temp"], axis=0).min() > 3.0
    assert np.ptp(values["product_temp"], axis=0).max() < 2.0
    falling = np.diff(values["air_temp"], axis=0)
    on = values["compressor_run"][1:] > 0
    night = slice(60, 240)
    calm = np.abs(falling[night]) < 0.6
    assert falling[night][calm & on[night]].mean() < 0 < falling[night][calm & ~on[night]].mean()


def test_defrost_comes_every_six_hours_warms_the_air_and_stops_the_compressor(fridges: Plant) -> None:
    values = moved(fridges, 48)
    defrost = values["defrost"][:, 0] > 0
    begins = np.flatnonzero(np.diff(defrost.astype(int)) == 1)
    assert np.diff(begins).tolist() == [360] * (len(begins) - 1)
    assert not values["compressor_run"][:, 0][defrost].any()
    ends = np.flatnonzero(np.diff(defrost.astype(int)) == -1)
    assert values["air_temp"][ends, 0].mean() > values["air_temp"][begins, 0].mean() + 2.0
    assert values["defrost_age"][:, 0].max() == pytest.approx(5.67, abs=0.1)


def test_compressor_hours_grow_by_the_share_of_time_it_runs(fridges: Plant) -> None:
    values = moved(fridges, 24)
    hours = values["compressor_hours"][-1] - values["compressor_hours"][0]
    share = values["compressor_run"].mean(axis=0)
    assert hours / 24 == pytest.approx(share, abs=0.06)
    assert (share > 0.25).all()
    assert (share < 0.6).all()


def test_without_power_it_warms_towards_the_kitchen_like_a_first_order_lag(fridges: Plant) -> None:
    values = moved(fridges, 30, PlantedFault(START + HOUR, "north/unit-0", "power_loss"))
    air = values["air_temp"][:, 0]
    assert air[-1] == pytest.approx(25.0, abs=3.5)
    gap_after_1h, gap_after_3h = 25.0 - air[120], 25.0 - air[240]
    assert gap_after_3h / gap_after_1h == pytest.approx(np.exp(-2 / 1.2), abs=0.12)
    assert values["compressor_run"][70:, 0].max() == 0
    assert np.ptp(values["compressor_hours"][70:, 0]) == 0


def test_a_written_setpoint_moves_the_air_and_a_senseless_one_is_refused(fridges: Plant) -> None:
    fleet = Fleet(fridges, seed=5)
    times = START + np.arange(1, 1441, dtype=np.int64) * MINUTE
    before = fleet.move(times, MINUTE)["refrigerator"]["air_temp"][:, 0].mean()
    assert fleet.command("north/unit-0", "setpoint", 5.0)
    assert not fleet.command("north/unit-0", "setpoint", 60.0)
    assert not fleet.command("north/unit-0", "air_temp", 4.0)
    after = fleet.move(times + DAY, MINUTE)["refrigerator"]
    assert after["air_temp"][:, 0].mean() == pytest.approx(before + 2.0, abs=0.3)
    assert after["setpoint"][-1].tolist() == [5.0, 3.0]


def test_small_and_large_steps_tell_the_same_day(fridges: Plant) -> None:
    fine, coarse = moved(fridges, 48), moved(fridges, 48, step=15 * MINUTE)
    for name in ("product_temp", "air_temp", "condensing_temp"):
        assert coarse[name].mean() == pytest.approx(fine[name].mean(), abs=0.6)
    grown = [v["compressor_hours"][-1] - v["compressor_hours"][0] for v in (fine, coarse)]
    assert grown[0] == pytest.approx(grown[1], rel=0.03)


def test_a_simulator_started_again_goes_on_where_it_stopped(fridges: Plant, tmp_path: Path) -> None:
    times = START + np.arange(1, 601, dtype=np.int64) * MINUTE
    fleet = Fleet(fridges, seed=5)
    fleet.move(times[:300], MINUTE)
    fleet.save(tmp_path / "state.npz", int(times[299]))
    goes_on = fleet.move(times[300:], MINUTE)["refrigerator"]
    again = Fleet(fridges, seed=5)
    again.restore(tmp_path / "state.npz")
    restored = again.move(times[300:], MINUTE)["refrigerator"]
    for name in ("compressor_hours", "defrost_age", "compressor_run", "door_open_time"):
        assert np.array_equal(goes_on[name], restored[name]), name
    assert restored["product_temp"] == pytest.approx(goes_on["product_temp"], abs=0.5)
