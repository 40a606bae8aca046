"""Dry stores: a cooled and dehumidified room that follows the season a little."""

from __future__ import annotations

import numpy as np

from device_sim.behaviours.base import Severity
from device_sim.kitchen import Kitchen
from device_sim.signals import Float64s
from device_sim.world import Int64s

_ROOM_TAU_S = 2 * 3600.0


class DryStore(Kitchen):
    """Temperature and humidity of the room; people come in by day."""

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        hours = self.hours()
        people = np.exp(-(((hours - 10.0) / 4.0) ** 2))
        temp = np.clip(16.0 + 0.28 * (self.day_mean() - 10.0), 11.5, 22.0) + 0.7 * people + self.character
        temp = temp + (34.0 - temp) * self.fault(severity, "cooling_off")
        outdoor = np.column_stack([self.world.weather(a.site).humidity for a in self.assets])
        damp = np.clip(42.0 + 0.35 * (outdoor - 50.0) + 0.45 * (self.day_mean() - 10.0), 26.0, 61.0)
        damp = damp + 2.0 * people
        damp = damp + (86.0 - damp) * self.fault(severity, "dehumidifier_off")
        leak = self.has(self.fault(severity, "water_leak"))
        return {
            "temp": self.lag("temp", temp, _ROOM_TAU_S) + self.noise(0.06),
            "humidity": self.lag("damp", damp + 7.0 * leak, _ROOM_TAU_S) + self.noise(0.4),
            "leak": leak.astype(np.float64),
        }


BEHAVIOUR = DryStore
