"""Derived points of the heat and meter kinds against printed test vectors and values worked out by hand."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from config.expression import compile_expression
from config.kind import Kind
from config.loading import load_kinds
from device_sim.scenario import PlantedFault
from tests.kind_trace import DAY, HOUR, Trace, at, of_one_kind, play

WINTER = "2025-01-10T00:00"


@cache
def kinds() -> dict[str, Kind]:
    return load_kinds()


def _derived(kind: str, point: str, **values: float) -> float:
    """A derived point of one row; parameters stand at their defaults, other derived points are computed."""
    model = kinds()[kind]
    row = {name: parameter.value for name, parameter in model.parameters.items()} | values
    return _value(model, point, row)


def _value(model: Kind, point: str, row: dict[str, float]) -> float:
    everything = {*model.points, *model.derived, *model.parameters}
    compiled = compile_expression(model.derived[point].expression, everything)
    for name in compiled.names - set(row):
        row[name] = _value(model, name, row)
    return float(compiled.evaluate(row))


@pytest.mark.parametrize(
    ("flue", "air", "oxygen", "loss"),
    [
        (195, 22, 21 * (1 - 10.8 / 11.8), 7.48),  # the burner manual's printed example, 10.8 % CO2
        (120, 20, 3.5, 4.66),
        (160, 20, 3.5, 6.53),
        (160, 20, 7.0, 7.84),
        (200, 20, 3.5, 8.39),
    ],
)
def test_flue_loss_meets_the_printed_test_vectors(
    flue: float, air: float, oxygen: float, loss: float
) -> None:
    values = {"flue_temp": flue, "air_temp": air, "flue_o2": oxygen}
    assert _derived("hot_water_boiler", "flue_loss", **values) == pytest.approx(loss, abs=0.01)
    efficiency = _derived("hot_water_boiler", "combustion_efficiency", **values)
    assert efficiency == pytest.approx(100 - loss, abs=0.01)


def test_twenty_kelvin_of_flue_temperature_cost_about_one_point() -> None:
    cold = _derived("hot_water_boiler", "flue_loss", flue_temp=140, air_temp=20, flue_o2=3.5)
    hot = _derived("hot_water_boiler", "flue_loss", flue_temp=160, air_temp=20, flue_o2=3.5)
    assert hot - cold == pytest.approx(0.93, abs=0.01)


def test_heat_output_is_flow_times_difference() -> None:
    values = {"flow": 45.0, "supply_temp": 80.0, "return_temp": 60.0}
    assert _derived("hot_water_boiler", "delta_t", **values) == 20
    assert _derived("hot_water_boiler", "heat_output", **values) == pytest.approx(1046.7)
    assert _derived("hot_water_boiler", "load_share", **values) == pytest.approx(99.69, abs=0.01)


@pytest.mark.parametrize(
    ("temp", "humidity", "dew"), [(20, 50, 9.26), (25, 60, 16.69), (0, 100, 0.0), (-10, 80, -12.8)]
)
def test_dew_point(temp: float, humidity: float, dew: float) -> None:
    found = _derived("weather_station", "dew_point", outdoor_temp=temp, humidity=humidity)
    assert found == pytest.approx(dew, abs=0.05)


def test_a_pump_on_its_design_point_is_on_its_curve() -> None:
    values = {"run": 1, "speed": 100, "flow": 45, "dp": 2.0, "power": 4.0, "vibration": 2.0}
    assert _derived("circulation_pump", "dp_ratio", **values) == pytest.approx(100)
    assert _derived("circulation_pump", "power_ratio", **values) == pytest.approx(100)
    assert _derived("circulation_pump", "efficiency", **values) == pytest.approx(62.5)
    assert _derived("circulation_pump", "specific_power", **values) == pytest.approx(4 / 45)
    assert _derived("circulation_pump", "vibration_ratio", **values) == pytest.approx(1.25)


def test_meters_check_themselves() -> None:
    heat = {"flow": 30.0, "supply_temp": 75.0, "return_temp": 50.0, "power": 872.25}
    assert _derived("heat_meter", "computed_power", **heat) == pytest.approx(872.25)
    assert _derived("heat_meter", "conductance", **heat) == pytest.approx(872.25 / 42.5)
    assert _derived("gas_meter", "fuel_power", flow=100.0) == pytest.approx(997)
    assert _derived("power_meter", "voltage_share", voltage=198.0) == pytest.approx(-10)


def _trace(folder: Path, kind: str, days: float, step: str, *faults: PlantedFault) -> Trace:
    return play(of_one_kind(folder, kind), at(WINTER), days, step, faults)["north/unit-0"]


def test_starts_per_hour_are_those_of_the_counter(tmp_path: Path) -> None:
    fault = PlantedFault(at(WINTER), "north/unit-0", "cycling_control")
    trace = _trace(tmp_path, "hot_water_boiler", 0.25, "1m", fault)
    counted = trace.columns["burner_starts"]
    by_hand = counted[120:] - counted[60:-60]
    np.testing.assert_allclose(trace.columns["starts_per_hour"][120:], by_hand, atol=1)
    assert by_hand.min() > 10


def test_cold_degree_hours_add_up_the_kelvins_below_comfort_in_use(tmp_path: Path) -> None:
    fault = PlantedFault(at(WINTER), "north/unit-0", "valve_closed")
    trace = _trace(tmp_path, "heating_zone", 2.5, "5m", fault)
    columns, last = trace.columns, slice(-288, None)
    below = np.maximum(18 - columns["room_temp"][last], 0) * columns["occupied"][last]
    by_hand = (below * (columns["setpoint"][last] >= 18)).sum() * 5 / 60
    assert by_hand > 20
    assert columns["cold_degree_hours"][-1] == pytest.approx(by_hand, rel=0.02)


def test_make_up_is_told_as_a_share_of_the_system(tmp_path: Path) -> None:
    fault = PlantedFault(at(WINTER), "north/unit-0", "leak")
    trace = _trace(tmp_path, "pressurisation_unit", 5, "15m", fault)
    volume = trace.columns["makeup_volume"]
    by_hand = 100 * (volume[-1] - volume[-1 - 3 * 96]) / 3 / 30
    assert trace.columns["makeup_share"][-1] == pytest.approx(by_hand, abs=0.05)
    assert by_hand == pytest.approx(1.6, abs=0.3)  # the planted leak: 1.6 % a day


def test_night_hours_count_what_runs_all_night(tmp_path: Path) -> None:
    leak = PlantedFault(at(WINTER) + 2 * DAY, "north/unit-0", "leak")
    trace = _trace(tmp_path, "water_meter", 4, "5m", leak)
    before = int(2 * DAY // (5 * 60 * 10**9)) - 1
    assert trace.columns["night_hours"][before] < 21
    assert trace.columns["night_hours"][-1] == pytest.approx(24, abs=0.2)
    assert trace.columns["lowest_flow"][-1] > 0.6
    used = trace.columns["volume"][-1] - trace.columns["volume"][-1 - 288]
    assert trace.columns["use_day"][-1] == pytest.approx(used, rel=0.01)


def test_a_softener_counts_its_capacity_from_regeneration_to_regeneration(tmp_path: Path) -> None:
    trace = _trace(tmp_path, "water_softener", 12, "15m")
    used, done = trace.columns["capacity_used"], trace.columns["regenerations"]
    ends = np.flatnonzero(np.diff(done) > 0)
    assert len(ends) in (1, 2, 3)
    for end in ends:
        assert 60 < used[end] < 95
        assert used[end + 1] < 5
    growth = np.diff(trace.columns["since_regeneration"][: ends[0]])
    grown = np.diff(trace.columns["volume"][: ends[0]])
    np.testing.assert_allclose(growth.sum(), grown.sum(), rtol=0.02)


def test_degree_days_are_the_mean_below_eighteen(tmp_path: Path) -> None:
    trace = _trace(tmp_path, "weather_station", 2, "15m")
    by_hand = np.maximum(18 - trace.columns["outdoor_temp"][-97:], 0).mean()
    assert trace.columns["heating_degree_days"][-1] == pytest.approx(by_hand, rel=0.01)


def test_a_gas_leak_passes_both_limits_and_the_detector_shuts_the_valve(tmp_path: Path) -> None:
    onset = at(WINTER) + HOUR
    leak = PlantedFault(onset, "north/unit-0", "gas_leak", 20 * 60 * 10**9)
    trace = _trace(tmp_path, "gas_detector", 0.25, "1m", leak)
    shut = trace.times[trace.columns["valve_closed"] == 1]
    assert onset < shut[0] < onset + HOUR
    assert trace.columns["ch4"].max() > 20
    assert trace.columns["fan_run"][-1] == 1
