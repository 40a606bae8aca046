"""Weather stations: what the site's climate is, as their sensors see it."""

from __future__ import annotations

import numpy as np

from device_sim.behaviours.base import Base, Severity
from device_sim.signals import Float64s
from device_sim.world import Int64s


class WeatherStation(Base):
    """A shield without its fan is warmed by the sun."""

    order = 10

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        weather = [self.world.weather(asset.site) for asset in self.assets]
        solar = np.column_stack([w.solar for w in weather])
        stopped = self.broken(severity, "fan_failed")
        temp = np.column_stack([w.temp for w in weather]) + np.where(stopped, 0.007 * solar, 0.0)
        sensed = self.hold("temp", temp + self.noise(0.04), self.broken(severity, "sensor_stuck"))
        wind = np.column_stack([w.wind for w in weather])
        return {
            "outdoor_temp": np.where(self.broken(severity, "sensor_broken"), -50.0, sensed),
            "humidity": np.clip(np.column_stack([w.humidity for w in weather]) + self.noise(0.3), 0.0, 100.0),
            "solar": np.maximum(solar * (1 + self.noise(0.01)), 0.0),
            "wind": np.maximum(wind * (1 + self.noise(0.15)), 0.0),
            "fan_run": (~stopped).astype(np.float64),
        }


BEHAVIOUR = WeatherStation
