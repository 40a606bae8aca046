"""Hydrants on the fire network: its pressure at their height, closed valves, leaks, misuse."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from device_sim.behaviours.base import Severity
from device_sim.fire_network import local_pressure
from device_sim.premises import Premises
from device_sim.signals import Float64s
from device_sim.world import Int64s

_BLEED_S = 1200.0


class FireLine(Premises):
    """Behind a closed valve the trapped water bleeds off; a leak or an open hydrant takes pressure away."""

    order: ClassVar[int] = 45

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        pressure = local_pressure(self.world, self.assets, self.parameter("elevation"))
        closed = self.has(self.fault(severity, "valve_closed"))
        misused = self.has(self.fault(severity, "misuse"))
        pressure = pressure * (1.0 - 0.88 * self.fault(severity, "branch_leak"))
        pressure = np.maximum(pressure - np.where(misused, 0.16, 0.0), 0.0)
        pressure = pressure * np.exp(-self.lasting("closed", closed) / _BLEED_S)
        return {
            "pressure": pressure + self.noise(0.001),
            "valve_open": (~closed).astype(np.float64),
            "box_door_open": misused.astype(np.float64),
            "water_temp": self.lag("water", self.indoor(15.0, 0.25, 8.5), 4 * 3600.0) + self.noise(0.05),
        }


BEHAVIOUR = FireLine
