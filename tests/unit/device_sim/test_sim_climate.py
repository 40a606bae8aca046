"""A cold city's weather through the year."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from config.clock import DAY, HOUR, SECOND
from config.facility_model import Site
from config.text import Text
from device_sim.climate import Climate

HARBIN = Site(title=Text(en="North", zh="北"), latitude=45.75, longitude=126.65)
SYDNEY = Site(title=Text(en="South", zh="南"), latitude=-33.9, longitude=151.2)


def _year(site: Site) -> tuple[np.ndarray, Climate]:
    start = int(dt.datetime(2025, 1, 1, tzinfo=dt.UTC).timestamp()) * SECOND
    return np.arange(start, start + 365 * DAY, HOUR, dtype=np.int64), Climate(site, np.random.default_rng(1))


def test_winter_is_cold_and_summer_warm() -> None:
    times, climate = _year(HARBIN)
    temp = climate.at(times).temp
    assert temp[: 31 * 24].mean() == pytest.approx(-17, abs=4)
    assert temp[181 * 24 : 212 * 24].mean() == pytest.approx(25, abs=4)
    assert climate.design_temp() == pytest.approx(-24, abs=2)
    assert (temp < climate.design_temp()).mean() < 0.03


def test_the_south_has_its_winter_in_july() -> None:
    times, climate = _year(SYDNEY)
    temp = climate.at(times).temp
    assert temp[181 * 24 : 212 * 24].mean() < temp[: 31 * 24].mean()


def test_the_sun_is_highest_at_solar_noon_and_gone_at_night() -> None:
    times, climate = _year(HARBIN)
    weather = climate.at(times)
    solar_hour = (times / HOUR + HARBIN.longitude / 15) % 24
    night = (solar_hour < 3.5) | (solar_hour > 20.5)
    assert weather.solar[night].max() == 0
    by_hour = [weather.solar[solar_hour.astype(int) == h].mean() for h in range(24)]
    assert int(np.argmax(by_hour)) in (11, 12)


def test_the_hottest_hour_is_in_the_afternoon() -> None:
    times, climate = _year(HARBIN)
    temp = climate.at(times).temp
    solar_hour = ((times / HOUR + HARBIN.longitude / 15) % 24).astype(int)
    by_hour = [temp[solar_hour == h].mean() for h in range(24)]
    assert 13 <= int(np.argmax(by_hour)) <= 16


def test_weather_does_not_depend_on_how_it_is_asked() -> None:
    times, climate = _year(HARBIN)
    whole = climate.at(times)
    part = climate.at(times[1000:1010])
    np.testing.assert_array_equal(part.temp, whole.temp[1000:1010])
    again = Climate(HARBIN, np.random.default_rng(1)).at(times[1000:1010])
    np.testing.assert_array_equal(again.wind, part.wind)
