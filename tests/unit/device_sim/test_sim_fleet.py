"""A fleet reports as devices do: at its intervals, at once when something happens, the same for a seed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from config.clock import DAY, HOUR, MINUTE, SECOND
from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.registry import UnknownBehaviourError, behaviour_named, find_behaviours
from device_sim.scenario import PlantedFault, Scenario, UnknownFaultError
from device_sim.suites.plants import asset, make_plant

START = int(dt.datetime(2025, 1, 13, tzinfo=dt.UTC).timestamp()) * SECOND


@pytest.fixture(scope="module")
def plant() -> Plant:
    return make_plant(
        [
            asset("boiler-1", "hot_water_boiler"),
            asset("pump-1", "circulation_pump", "boiler-1"),
            asset("pressure", "pressurisation_unit"),
            asset("softener", "water_softener"),
            asset("gas", "gas_detector"),
            *[asset(f"zone-{n}", "heating_zone", "pump-1") for n in range(3)],
        ]
    )


def _minutes(count: int, start: int = START) -> np.ndarray:
    return start + np.arange(count, dtype=np.int64) * MINUTE


def test_every_point_reports_at_its_own_interval(plant: Plant) -> None:
    batch = Fleet(plant).advance(_minutes(240), MINUTE)
    for point, reports in (("boiler-1/flow", 240), ("zone-1/room_temp", 48), ("softener/salt_level", 4)):
        mine = batch.point == plant.points[f"lab/{point}"].number
        assert mine.sum() == reports
        gaps = np.diff(batch.time[mine])
        assert (gaps == plant.points[f"lab/{point}"].interval_ns).all()


def test_readings_come_in_order_of_time_with_their_decimals(plant: Plant) -> None:
    batch = Fleet(plant).advance(_minutes(60), MINUTE)
    assert (np.diff(batch.time) >= 0).all()
    flow = batch.value[batch.point == plant.points["lab/boiler-1/flow"].number]
    np.testing.assert_allclose(flow, np.round(flow, 2))


def test_devices_do_not_all_speak_in_the_same_second(plant: Plant) -> None:
    batch = Fleet(plant).advance(START + np.arange(300, dtype=np.int64) * SECOND, SECOND)

    def seconds(point: str) -> set[int]:
        return set((batch.time[batch.point == plant.points[point].number] // SECOND % 60).tolist())

    assert seconds("lab/boiler-1/supply_temp").isdisjoint(seconds("lab/pump-1/dp"))


def test_a_state_that_changes_is_reported_at_once(plant: Plant) -> None:
    fault = PlantedFault(START + 95 * SECOND, "lab/boiler-1", "ignition")
    batch = Fleet(plant, scenario=Scenario([fault])).advance(
        START + np.arange(240, dtype=np.int64) * SECOND, SECOND
    )
    mine = batch.point == plant.points["lab/boiler-1/lockout"].number
    locked = batch.time[mine & (batch.value == 1)]
    assert locked[0] == START + 95 * SECOND


def test_a_lively_device_says_everything_again_in_the_minute_after(plant: Plant) -> None:
    fault = PlantedFault(START + 95 * SECOND, "lab/boiler-1", "ignition")
    times = START + np.arange(240, dtype=np.int64) * SECOND
    number = plant.points["lab/boiler-1/gas_pressure"].number
    for lively, expected in ((True, 4), (False, 0)):
        batch = Fleet(plant, scenario=Scenario([fault]), lively=lively).advance(times, SECOND)
        spoken = (batch.time[batch.point == number] - START) // SECOND
        assert ((spoken > 96) & (spoken <= 156)).sum() == pytest.approx(expected, abs=1)


def test_the_first_word_tells_everything(plant: Plant) -> None:
    batch = Fleet(plant).advance(_minutes(1), SECOND, everything=True)
    measured = {p.number for p in plant.points.values() if not p.derived}
    assert set(batch.point.tolist()) == measured


def test_a_dead_detector_sends_no_values(plant: Plant) -> None:
    fault = PlantedFault(START, "lab/gas", "detector_dead")
    batch = Fleet(plant, scenario=Scenario([fault])).advance(_minutes(30), MINUTE)
    assert not (batch.point == plant.points["lab/gas/ch4"].number).any()
    assert (batch.point == plant.points["lab/gas/sensor_fault"].number).any()


def test_the_same_seed_gives_the_same_plant(plant: Plant) -> None:
    first, again, other = (Fleet(plant, seed).advance(_minutes(60), MINUTE) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.value, again.value)
    assert not np.array_equal(first.value, other.value)


def test_a_fleet_started_again_goes_on_where_it_was(plant: Plant, tmp_path: Path) -> None:
    kept, file = Fleet(plant, 3), tmp_path / "simulator.npz"
    kept.advance(_minutes(600), MINUTE)
    kept.save(file, START + 600 * MINUTE)
    fresh = Fleet(plant, 3)
    assert fresh.restore(file) == START + 600 * MINUTE
    following = _minutes(30, START + 600 * MINUTE)
    expected, found = kept.move(following, MINUTE), fresh.move(following, MINUTE)
    for name in ("burner_starts", "run_hours", "supply_temp"):
        there, here = expected["hot_water_boiler"][name], found["hot_water_boiler"][name]
        np.testing.assert_allclose(here, there, atol=1.0)
    assert found["hot_water_boiler"]["run_hours"][0, 0] > 6000


def test_setpoints_are_taken_within_the_device_range(plant: Plant) -> None:
    fleet = Fleet(plant)
    assert fleet.command("lab/zone-1", "setpoint", 12.0)
    assert not fleet.command("lab/zone-1", "setpoint", 80.0)
    assert not fleet.command("lab/zone-1", "room_temp", 20.0)
    assert not fleet.command("lab/nobody", "setpoint", 20.0)
    moved = fleet.move(_minutes(600), MINUTE)["heating_zone"]
    assert (moved["setpoint"][:, 1] == 12.0).all()
    assert moved["room_temp"][-1, 1] < moved["room_temp"][-1, 0] - 2


def test_chunks_of_any_length_give_steady_physics(plant: Plant) -> None:
    one, many = Fleet(plant, 2), Fleet(plant, 2)
    whole = one.move(_minutes(720), MINUTE)["heating_zone"]["room_temp"]
    parts = [
        many.move(_minutes(60, START + h * HOUR), MINUTE)["heating_zone"]["room_temp"] for h in range(12)
    ]
    np.testing.assert_allclose(whole[-1], parts[-1][-1], atol=0.3)


def test_coarse_and_fine_steps_agree(plant: Plant) -> None:
    fine, coarse = Fleet(plant, 2), Fleet(plant, 2)
    for quarter in range(2):
        fine.move(_minutes(720, START + quarter * DAY // 2), MINUTE)
    last_fine = fine.move(_minutes(60, START + DAY), MINUTE)["heating_zone"]["room_temp"].mean(axis=0)
    steps = START + np.arange(100, dtype=np.int64) * 15 * MINUTE
    last_coarse = coarse.move(steps, 15 * MINUTE)["heating_zone"]["room_temp"][-4:].mean(axis=0)
    np.testing.assert_allclose(last_fine, last_coarse, atol=0.5)


def test_every_kind_in_use_finds_its_behaviour() -> None:
    assert {"generic", "hot_water_boiler", "heating_zone"} <= set(find_behaviours())
    with pytest.raises(UnknownBehaviourError, match=r"known: .*heating_zone"):
        behaviour_named("steam_engine")


def test_a_scenario_with_unknown_names_does_not_start(plant: Plant) -> None:
    with pytest.raises(UnknownFaultError, match=r"known: .*scale"):
        Fleet(plant, scenario=Scenario([PlantedFault(START, "lab/boiler-1", "gremlins")]))
    with pytest.raises(UnknownFaultError, match="boiler-9"):
        Fleet(plant, scenario=Scenario([PlantedFault(START, "lab/boiler-9", "scale")]))
