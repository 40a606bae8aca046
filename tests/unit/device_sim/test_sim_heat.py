"""Boilers, zones and pumps obey the balances they are built on."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from config.clock import DAY, HOUR, MINUTE, SECOND
from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.heat_network import affected_by, downstream, heat_groups, upstream
from device_sim.scenario import PlantedFault, Scenario
from device_sim.signals import Float64s
from device_sim.suites.plants import asset, make_plant

WINTER = int(dt.datetime(2025, 1, 13, tzinfo=dt.UTC).timestamp()) * SECOND
SUMMER = int(dt.datetime(2025, 7, 14, tzinfo=dt.UTC).timestamp()) * SECOND
Moved = dict[str, dict[str, Float64s]]


@pytest.fixture(scope="module")
def plant() -> Plant:
    zones = [asset(f"zone-{n}", "heating_zone", "pump-1", "pump-2", use=float(n % 3)) for n in range(12)]
    return make_plant(
        [
            asset("gas-meter", "gas_meter"),
            asset("boiler-1", "hot_water_boiler", "gas-meter"),
            asset("boiler-2", "hot_water_boiler", "gas-meter"),
            asset("pump-1", "circulation_pump", "boiler-1", "boiler-2"),
            asset("pump-2", "circulation_pump", "boiler-1", "boiler-2"),
            asset("heat-meter", "heat_meter", "pump-1", "pump-2"),
            *zones,
        ]
    )


def _play(plant: Plant, start: int, days: float, *faults: PlantedFault, step: int = 5 * MINUTE) -> Moved:
    fleet = Fleet(plant, 1, Scenario(faults))
    moved: dict[str, dict[str, list[Float64s]]] = {}
    for begin in range(start, start + round(days * DAY), 6 * HOUR):
        for kind, values in fleet.move(
            np.arange(begin, begin + 6 * HOUR, step, dtype=np.int64), step
        ).items():
            for name, table in values.items():
                moved.setdefault(kind, {}).setdefault(name, []).append(table)
    return {k: {n: np.concatenate(parts) for n, parts in v.items()} for k, v in moved.items()}


def test_boilers_make_the_heat_that_zones_use_and_burn_the_gas_for_it(plant: Plant) -> None:
    moved = _play(plant, WINTER, 2)
    boiler, meters = moved["hot_water_boiler"], moved["gas_meter"]
    heat = (1.163 * boiler["flow"] * (boiler["supply_temp"] - boiler["return_temp"])).sum()
    fuel = 9.97 * boiler["gas_flow"].sum()
    assert heat / fuel == pytest.approx(0.94, abs=0.02)
    assert meters["flow"].sum() == pytest.approx(boiler["gas_flow"].sum(), rel=0.01)
    used = moved["heat_meter"]["energy"][-1, 0] - moved["heat_meter"]["energy"][0, 0]
    assert 0.6 < used / (heat * 5 / 60) < 0.9  # tap water and pipes take the rest


def test_gas_counted_is_gas_that_flowed(plant: Plant) -> None:
    meter = _play(plant, WINTER, 1)["gas_meter"]
    counted = meter["volume"][-1, 0] - meter["volume"][0, 0]
    assert counted == pytest.approx(meter["flow"][1:, 0].sum() * 5 / 60, rel=0.01)


def test_a_boiler_in_summer_cycles_as_its_water_content_lets_it(plant: Plant) -> None:
    boiler = _play(plant, SUMMER, 2, step=MINUTE)["hot_water_boiler"]
    starts = (boiler["burner_starts"][-1] - boiler["burner_starts"][0]).sum()
    assert 10 < starts / 2 < 60
    on = boiler["burner_run"][:, boiler["flow"].max(axis=0) > 1]
    assert 0.1 < on.mean() < 0.6
    assert np.diff(boiler["burner_starts"], axis=0).min() >= 0


def test_the_second_boiler_takes_over_when_the_first_locks_out(plant: Plant) -> None:
    trip = WINTER + DAY
    faults = [PlantedFault(trip, "lab/boiler-1", "ignition"), PlantedFault(trip, "lab/boiler-2", "hunting")]
    boiler = _play(plant, WINTER, 2, faults[0])["hot_water_boiler"]
    after = boiler["modulation"][-60:]
    assert after[:, 0].max() == 0
    assert after[:, 1].min() > 0
    assert boiler["lockout"][-1].tolist() == [1.0, 0.0]


def test_scale_costs_fuel_at_the_same_load(plant: Plant) -> None:
    both = [PlantedFault(WINTER, f"lab/boiler-{n}", "scale") for n in (1, 2)]
    clean = _play(plant, WINTER, 1)["hot_water_boiler"]["gas_flow"].sum()
    fouled = _play(plant, WINTER, 1, *both)["hot_water_boiler"]["gas_flow"].sum()
    assert 1.01 < fouled / clean < 1.06


def test_zones_follow_their_schedule(plant: Plant) -> None:
    zone = _play(plant, WINTER, 3)["heating_zone"]
    used = zone["occupied"] == 1
    assert np.abs(zone["room_temp"][used] - 20).mean() < 0.6
    assert zone["room_temp"][used].min() > 18
    classroom, dormitory = zone["setpoint"][:, 0], zone["setpoint"][:, 1]
    assert set(classroom.tolist()) == {15.0, 20.0}
    assert set(dormitory.tolist()) == {20.0}


def test_without_pumps_rooms_cool_as_fast_as_their_storage_lets_them(plant: Plant) -> None:
    faults = [PlantedFault(WINTER + DAY, f"lab/pump-{n}", "drive_trip") for n in (1, 2)]
    rooms = _play(plant, WINTER, 2, *faults)["heating_zone"]["room_temp"]
    cooled = rooms[24 * 12, 1] - rooms[-1, 1]
    assert 6 < cooled < 22  # a day at about -14 °C with a time constant of some 32 hours and people inside


def test_one_pump_of_two_carries_nearly_everything(plant: Plant) -> None:
    fault = PlantedFault(WINTER + DAY, "lab/pump-1", "drive_trip")
    pump = _play(plant, WINTER, 2, fault)["circulation_pump"]
    assert pump["flow"][-1, 0] == 0
    assert pump["flow"][-1, 1] > 1.3 * pump["flow"][24 * 12 - 6, 1]


def test_pumps_obey_the_affinity_laws(plant: Plant) -> None:
    pump = _play(plant, WINTER, 1)["circulation_pump"]
    speed, share = pump["speed"] / 100, pump["flow"] / 45
    np.testing.assert_allclose(pump["dp"], 2.0 * (1.25 * speed**2 - 0.25 * share**2), atol=0.03)
    hydraulic = pump["flow"] * pump["dp"] / 36
    assert (hydraulic < pump["power"]).all()


def test_the_network_knows_who_heats_whom(plant: Plant) -> None:
    assert upstream(plant, "lab/zone-3", "hot_water_boiler") == ("lab/boiler-1", "lab/boiler-2")
    assert len(downstream(plant, "lab/boiler-1", "heating_zone")) == 12
    assert [g.boilers for g in heat_groups(plant)] == [("lab/boiler-1", "lab/boiler-2")]
    assert affected_by(plant, "lab/gas-meter") == ()
    assert "lab/zone-0" in affected_by(plant, "lab/pump-1")
    assert "lab/boiler-2" in affected_by(plant, "lab/boiler-1")
