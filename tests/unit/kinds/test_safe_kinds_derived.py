"""Derived points of fire and canteen kinds against values worked out by hand."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from collector.reading import Float64s
from config.expression import compile_expression
from config.kind import Kind
from config.loading import load_kinds
from tests.kind_trace import HOUR, PlainWindows

MINUTE = HOUR // 60
TIMES = np.arange(0, 48 * HOUR + 1, 10 * MINUTE, dtype=np.int64)
"""Two days, a row every ten minutes."""
HOURS = TIMES / HOUR


@cache
def kinds() -> dict[str, Kind]:
    return load_kinds()


def last(kind: str, derived: str, **points: Float64s | float) -> float:
    """The derived point at the last row."""
    model = kinds()[kind]
    columns: dict[str, Float64s | float] = {name: p.value for name, p in model.parameters.items()}
    columns |= {name: np.broadcast_to(value, TIMES.shape) for name, value in points.items()}
    compiled = compile_expression(model.derived[derived].expression, set(columns))
    value = compiled.evaluate(columns, PlainWindows(TIMES))
    return float(np.broadcast_to(value, TIMES.shape)[-1])


def before_end(hours: float) -> Float64s:
    """1 in the last `hours`, else 0."""
    return (HOURS[-1] - hours <= HOURS).astype(np.float64)


CASES = [
    ("hydrant", "margin", {"pressure": 0.31}, 0.21),
    ("hydrant", "pressure_fall_1h", {"pressure": 0.40 - 0.15 * before_end(0.5)}, 0.15),
    ("sprinkler_line", "valve_difference", {"supply_pressure": 0.42, "pressure": 0.35}, 0.07),
    ("sprinkler_line", "end_drop", {"pressure": 0.40, "end_pressure": 0.33}, 0.07),
    # 12 starts an hour; 288 starts a day, each one bringing back 0.05 MPa, lose 0.6 MPa an hour.
    ("fire_pump_set", "jockey_starts_1h", {"jockey_starts": np.floor(12 * HOURS)}, 12.0),
    ("fire_pump_set", "pressure_decay", {"jockey_starts": np.floor(12 * HOURS)}, 0.6),
    ("fire_water_tank", "stored_volume", {"level": 95.0}, 34.2),
    # 0.03 m³ an hour are 0.72 m³ a day: 2 % of 36 m³.
    ("fire_water_tank", "makeup_24h", {"makeup_total": 100 + 0.03 * HOURS}, 2.0),
    ("fire_water_tank", "level_change_1h", {"level": 100 - 2 * before_end(0.5)}, -2.0),
    # At 40 °C a charge of 1.2 MPa reads (1.2 + 0.1) * 313.15 / 293.15 - 0.1 = 1.2887 MPa.
    ("extinguisher", "pressure_at_20", {"pressure": 1.28869, "temp": 40.0}, 1.2),
    ("extinguisher", "pressure_trend", {"pressure": 1.2, "temp": 20.0}, 0.0),
    ("fire_panel", "events_24h", {"fire_events": np.floor(HOURS / 3)}, 8.0),
    ("fire_panel", "battery_trend", {"battery_voltage": 27.0}, 0.0),
    ("smoke_detector", "reserve", {"drift": 63.0}, 37.0),
    ("emergency_light", "duration_margin", {"test_duration": 47.0}, 17.0),
    ("fire_door", "passages_24h", {"passages": np.floor(10 * HOURS)}, 240.0),
    # Compressor hours grow by 0.45 an hour: 45 % duty.
    ("refrigerator", "duty", {"compressor_hours": 900 + 0.45 * HOURS}, 45.0),
    ("refrigerator", "hours_above_limit", {"product_temp": 5 + 4 * before_end(3)}, 3.0),
    ("refrigerator", "night_minimum", {"air_temp": 4 - 2 * before_end(20)}, 2.0),
    ("refrigerator", "air_spread", {"air_temp": 3.0, "product_temp": 5.5}, -2.5),
    ("freezer", "hours_above_limit", {"product_temp": -18 + 8 * before_end(1.5)}, 1.5),
    ("sample_fridge", "hours_above_limit", {"product_temp": 5 + 4 * before_end(30)}, 30.0),
    ("hot_holding", "minutes_below", {"food_temp": 65 - 10 * before_end(1), "in_use": 1.0}, 60.0),
    ("hot_holding", "minutes_below", {"food_temp": 20.0, "in_use": 0.0}, 0.0),
    ("hot_holding", "well_over_food", {"well_temp": 82.0, "food_temp": 70.0}, 12.0),
    ("dishwasher", "seconds_above_limit", {"running": before_end(0.5), "rinse_temp": 86.0}, 1800.0),
    ("dishwasher", "water_per_hour", {"water_total": 900 + 0.3 * HOURS}, 0.3),
    ("dishwasher", "rinse_margin", {"rinse_temp": 84.0}, -1.0),
    ("disinfection_cabinet", "seconds_above_limit", {"temp": 20 + 105 * before_end(1 / 3)}, 1200.0),
    ("disinfection_cabinet", "peak", {"temp": 20 + 105 * before_end(1.5)}, 125.0),
    ("chlorine_bath", "chlorine_lost_1h", {"free_chlorine": 330 - 60 * before_end(0.5)}, 60.0),
    ("chlorine_bath", "minutes_weak", {"free_chlorine": 330 - 90 * before_end(1), "in_use": 1.0}, 60.0),
    ("fryer", "polar_per_day", {"polar_compounds": 5 + 0.1 * HOURS}, 2.4),
    ("fryer", "overheated_minutes", {"oil_temp": 175 + 20 * before_end(2)}, 120.0),
    ("hand_wash_station", "washes_1h", {"washes": np.floor(6 * HOURS)}, 6.0),
    # Magnus: 20 °C at 50 % has its dew point at 9.26 °C, 25 °C at 70 % at 19.15 °C.
    ("dry_store", "dew_point", {"temp": 20.0, "humidity": 50.0}, 9.26),
    ("dry_store", "dew_point", {"temp": 25.0, "humidity": 70.0}, 19.15),
    ("dry_store", "hours_humid", {"humidity": 60 + 15 * before_end(5)}, 5.0),
    ("manual_check", "atp_share", {"atp_swab": 15.0}, 50.0),
    ("manual_check", "atp_week", {"atp_swab": 6.0}, 6.0),
]


@pytest.mark.parametrize(("kind", "derived", "points", "expected"), CASES)
def test_derived_point(kind: str, derived: str, points: dict[str, Float64s | float], expected: float) -> None:
    assert last(kind, derived, **points) == pytest.approx(expected, abs=0.01)
