"""Extinguishers with a gauge: the charge follows the temperature; valves leak, people take them away."""

from __future__ import annotations

import numpy as np

from device_sim.behaviours.base import Severity
from device_sim.premises import Premises
from device_sim.signals import Float64s
from device_sim.world import Int64s

_CHARGE = 1.22
_AIR = 0.1


class Extinguisher(Premises):
    """Ideal gas at constant volume: absolute pressure is proportional to absolute temperature."""

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        temp = self.lag("temp", self.indoor(19.0, 0.25, 9.0), 7200.0)
        charge = _CHARGE + 0.08 * self.character - 0.65 * self.fault(severity, "valve_leak")
        charge = np.where(self.has(self.fault(severity, "discharged")), 0.01, charge)
        pressure = (charge + _AIR) * (temp + 273.15) / 293.15 - _AIR
        gone = self.has(self.fault(severity, "misplaced"))
        return {
            "pressure": np.maximum(pressure + self.noise(0.002), 0.0),
            "temp": temp + self.noise(0.1),
            "in_place": (~gone).astype(np.float64),
        }


BEHAVIOUR = Extinguisher
