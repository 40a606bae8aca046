"""The weather of a site at any time: seasons, days and passing fronts of a city with cold winters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from config.clock import DAY, HOUR
from config.facility_model import Site
from device_sim.signals import Float64s, Swings

_YEAR_DAYS = 365.2425
_COLDEST_DAY = 19.0


@dataclass(frozen=True, slots=True)
class Weather:
    """Columns [T]: outdoor temperature (°C) and its mean over about a day, global horizontal
    radiation (W/m²), relative humidity (%), wind (m/s)."""

    temp: Float64s
    day_mean: Float64s
    solar: Float64s
    humidity: Float64s
    wind: Float64s


class Climate:
    """Weather as a function of time: the same whichever stretches and steps it is asked in.

    The yearly mean falls and the yearly swing grows with latitude, as they do from Beijing to Harbin.
    """

    def __init__(self, site: Site, rng: np.random.Generator) -> None:
        north = abs(site.latitude) - 40.0
        self._mean = 12.5 - 1.45 * north
        self._swing = 15.5 + 1.0 * north
        self._half_year = 0.0 if site.latitude >= 0 else _YEAR_DAYS / 2
        self._latitude = np.radians(abs(site.latitude))
        self._longitude_hours = site.longitude / 15.0
        self._fronts = Swings(rng, 1.5 * 86400, 14 * 86400)
        self._clouds = Swings(rng, 3 * 3600, 6 * 86400)
        self._gusts = Swings(rng, 1800, 3 * 86400)
        self._moisture = Swings(rng, 6 * 3600, 8 * 86400)

    def at(self, times: npt.NDArray[np.int64]) -> Weather:
        """The weather at these times [T] (UTC nanoseconds)."""
        days = times / DAY
        solar_hour = (times / HOUR + self._longitude_hours) % 24.0
        cloud = np.clip(0.5 + 0.32 * self._clouds.at(times), 0.0, 1.0)
        seasonal = self._seasonal(days)
        restless = 2.6 - 0.8 * (seasonal - self._mean) / self._swing
        mean = seasonal + restless * self._fronts.at(times)
        daily = (5.5 - 3.5 * cloud) * np.cos(2 * np.pi * (solar_hour - 15.0) / 24.0)
        temp = mean + daily
        humidity = 58.0 - 2.2 * daily + 10.0 * self._moisture.at(times) + 12.0 * (cloud - 0.5)
        wind = np.maximum(0.2, 2.6 + 1.5 * self._gusts.at(times))
        solar = self._radiation(days, solar_hour) * (1.0 - 0.72 * cloud)
        return Weather(temp, mean, solar, np.clip(humidity, 12.0, 98.0), wind)

    def design_temp(self) -> float:
        """The outdoor temperature (°C) that heating here is designed for."""
        return self._mean - self._swing - 7.0

    def _day_of_year(self, days: Float64s) -> Float64s:
        shifted: Float64s = (days + self._half_year) % _YEAR_DAYS
        return shifted

    def _seasonal(self, days: Float64s) -> Float64s:
        turn = 2 * np.pi * (self._day_of_year(days) - _COLDEST_DAY) / _YEAR_DAYS
        seasonal: Float64s = self._mean - self._swing * np.cos(turn)
        return seasonal

    def _radiation(self, days: Float64s, solar_hour: Float64s) -> Float64s:
        """Clear-sky radiation from the sun's height (declination after Cooper, 1969)."""
        declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + self._day_of_year(days)) / 365.0)
        hour_angle = np.radians(15.0 * (solar_hour - 12.0))
        height = np.sin(self._latitude) * np.sin(declination) + np.cos(self._latitude) * np.cos(
            declination
        ) * np.cos(hour_angle)
        radiation: Float64s = 1050.0 * np.maximum(height, 0.0) ** 1.15
        return radiation
