"""Heat meters: integrate the heat of the assets they stand before or behind."""

from __future__ import annotations

import numpy as np

from device_sim.behaviours.base import Base, Severity
from device_sim.heat_network import BOILER
from device_sim.metering import metered
from device_sim.signals import Float64s
from device_sim.world import Int64s

_WATER = 1.163  # kWh per m³ and K


class HeatMeter(Base):
    """Flow follows the heat; supply temperature is that of the network."""

    order = 90

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        heat = np.column_stack([self._heat(column) for column in range(self.n)])
        nominal = self.parameter("nominal_flow")
        flow = nominal * np.clip(0.15 + heat / (_WATER * 28.0 * nominal), 0.15, 1.2)
        supply = self._supply()
        back = supply - heat / (_WATER * flow)
        swapped = self.broken(severity, "swapped")
        shown = heat * (1 - 0.4 * self.fault(severity, "flow_fouled"))
        counted = np.where(self.broken(severity, "stopped"), 0.0, shown * self.world.step_s / 3600.0)
        litres = flow * self.world.step_s / 3600.0
        return {
            "energy": self.total("energy", counted, 2.4e6),
            "volume": self.total("volume", litres, 3.1e5),
            "power": np.where(swapped, 0.0, shown) + self.noise(0.3),
            "flow": np.maximum(flow + self.noise(0.05), 0.0),
            "supply_temp": np.where(swapped, back, supply) + self.noise(0.04),
            "return_temp": np.where(swapped, supply, back) + self.noise(0.04),
            "error": self.broken(severity, "error").astype(np.float64),
        }

    def _heat(self, column: int) -> Float64s:
        """Heat through the meter, kW [T]; by the weather where nothing is connected."""
        asset = self.assets[column]
        heat = metered(self.world, asset, "heat_kw", {BOILER})
        if heat is not None:
            return np.maximum(heat, 0.0)
        cold = np.clip(18.0 - self.world.weather(asset.site).temp, 0.0, None)
        by_weather: Float64s = 20.0 * cold * self.world.local(asset.site).heating
        return by_weather

    def _supply(self) -> Float64s:
        warm = np.column_stack([self.world.local(a.site).heating for a in self.assets])
        return self.lag("supply", np.where(warm, 79.0, 42.0), 7200.0)


BEHAVIOUR = HeatMeter
