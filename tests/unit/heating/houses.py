"""A house of four masses for tests, stepped minute by minute; it shares nothing with the product's model."""

from __future__ import annotations

import numpy as np

from analytics.heating.zone_data import ZoneData

STEP_S = 900
MINUTES = STEP_S // 60


def house(seed: int, days: int, *, thermostat: bool) -> ZoneData:
    """Quarter-hours of a house whose heater follows a thermostat, or is switched at random."""
    rng = np.random.default_rng(seed)
    count = days * 86_400 // STEP_S
    times = np.arange(count) * float(STEP_S)
    hour = times % 86_400 / 3600
    outdoor = 4 + 4 * np.sin(2 * np.pi * hour / 24 - 2.5) + np.cumsum(rng.normal(0, 0.12, count))
    sun = np.maximum(np.sin(2 * np.pi * (hour - 6) / 24), 0) * 400 * rng.uniform(0.1, 1, days).repeat(96)
    setpoint = np.where((hour >= 6) & (hour < 22), 20.0, 17.0)
    people = rng.uniform(0, 900, count // 12).repeat(12) if thermostat else np.zeros(count)
    switched = 2500.0 * rng.integers(0, 2, count // 8 + 1).repeat(8)[:count]
    air, wood, wall, water = 20.0, 20.0, 17.0, 25.0
    indoor, heat = np.empty(count), np.empty(count)
    for row in range(count):
        indoor[row], given = air, 0.0
        for _ in range(MINUTES):
            burner = np.clip(2500 * (setpoint[row] - air + 0.3), 0, 5000) if thermostat else switched[row]
            emitted = max(water - air, 0.0) * 60
            water += (burner - emitted) * 60 / 6e4
            gain = 200 + 0.6 * sun[row] + people[row]
            air_flow = (
                400 * (wall - air) + 300 * (wood - air) + 30 * (outdoor[row] - air) + 0.7 * emitted + gain
            )
            wood += (300 * (air - wood) + 0.3 * emitted) * 60 / 6e6
            wall += (400 * (air - wall) + 120 * (outdoor[row] - wall) + 1.2 * sun[row]) * 60 / 4e7
            air += air_flow * 60 / 2.5e6
            given += emitted / MINUTES
        heat[row] = given
    return ZoneData(
        times.astype(np.float64), indoor + rng.normal(0, 0.05, count), outdoor.astype(np.float64), heat
    )
