"""A winter of a cold city: a seasonal course, fronts that pass, clear cold days, wind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device_sim.signals import Float64s

_STEPS_A_DAY = 288
_COLDEST = 17.0
"""Day of the year."""


@dataclass(frozen=True)
class WinterWeather:
    """Per step of 5 min [T]: outdoor °C, sun on a south and on a north window W/m², wind m/s."""

    outdoor: Float64s
    south: Float64s
    north: Float64s
    wind: Float64s


def winter_weather(rng: np.random.Generator, first_day: float, hour: float, steps: int) -> WinterWeather:
    """Weather from a day of the year and a local hour on."""
    hours = hour + np.arange(steps) / 12.0
    day, hour_of_day = first_day + hours / 24.0, hours % 24.0
    fronts = _wander(rng, steps, 2.2)
    cloud = np.clip(0.5 + 0.35 * _wander(rng, steps, 0.5), 0.05, 1.0)
    season = -8.5 - 7.5 * np.cos(2 * np.pi * (day - _COLDEST) / 365.0)
    swing = (5.0 - 3.5 * cloud) * np.cos(2 * np.pi * (hour_of_day - 14.5) / 24.0)
    outdoor = season + 4.0 * fronts + swing + 2.0 * (cloud - 0.5)
    height = np.clip(np.sin(np.pi * (hour_of_day - 7.3) / 9.4), 0, None) * (np.abs(hour_of_day - 12) < 4.7)
    beam = 620.0 * height * (1.05 - cloud)
    diffuse = 90.0 * height
    wind = np.clip(2.8 + 1.6 * _wander(rng, steps, 0.4), 0.1, None)
    return WinterWeather(outdoor, 0.75 * beam + diffuse, diffuse, wind)


def _wander(rng: np.random.Generator, steps: int, memory_days: float) -> Float64s:
    """Noise of unit spread that forgets within so many days, smooth over an hour."""
    hours = steps // 12 + 3
    keep = float(np.exp(-1.0 / (24.0 * memory_days)))
    shocks = rng.normal(size=hours) * np.sqrt(1 - keep**2)
    value, path = float(rng.normal()), np.empty(hours)
    for hour in range(hours):
        path[hour] = value
        value = keep * value + shocks[hour]
    return np.interp(np.arange(steps) / 12.0, np.arange(hours), path)
