"""Gas meters: integrate the fuel of the boilers behind them."""

from __future__ import annotations

import numpy as np

from device_sim.behaviours.base import Base, Severity
from device_sim.metering import metered
from device_sim.signals import Float64s
from device_sim.world import Int64s


class GasMeter(Base):
    """Without boilers it sees a kitchen's use."""

    order = 90

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        flow = np.column_stack([self._flow(column) for column in range(self.n)])
        nominal = self.parameter("nominal_flow")
        flow = np.minimum(flow, 0.95 * nominal) + 1.2 * nominal * self.fault(severity, "pipe_break")
        stopped = self.broken(severity, "stopped")
        counted = np.where(stopped, 0.0, flow * self.world.step_s / 3600.0)
        outdoor = np.column_stack([self.world.weather(a.site).day_mean for a in self.assets])
        sunk = 0.4 * self.fault(severity, "regulator") + 0.15 * self.fault(severity, "pipe_break")
        pressure = self.parameter("nominal_pressure") * (1.0 - 0.04 * flow / nominal - sunk)
        return {
            "volume": self.total("volume", counted, 6.3e5),
            "flow": np.maximum(flow + np.where(flow > 0.05, self.noise(0.02), 0.0), 0.0),
            "pressure": np.maximum(pressure + self.noise(0.03), 0.0),
            "temp": 9.0 + 0.6 * outdoor + self.noise(0.1),
        }

    def _flow(self, column: int) -> Float64s:
        asset = self.assets[column]
        fuel = metered(self.world, asset, "gas_kw")
        if fuel is not None:
            return fuel / asset.parameters["heating_value"]
        hour = self.world.local(asset.site).hour
        meals = [np.exp(-(((hour - meal) / 1.3) ** 2)) for meal in (6.3, 11.2, 17.2)]
        kitchen: Float64s = 12.0 * np.asarray(np.sum(meals, axis=0))
        return kitchen


BEHAVIOUR = GasMeter
