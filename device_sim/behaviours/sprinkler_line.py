"""Wet sprinkler lines: pressure kept behind the alarm valve, an end test every four weeks, leaks, bursts."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from device_sim.behaviours.base import Severity
from device_sim.fire_network import local_pressure
from device_sim.occasions import DAY_S, WEEK_S, repeating
from device_sim.premises import Premises
from device_sim.signals import Float64s
from device_sim.world import Int64s

_TEST_FOR_S = 600.0
_TEST_AT_S = DAY_S + 14 * 3600.0
_TO_END_MPA = 0.06


class SprinklerLine(Premises):
    """The alarm valve keeps the highest supply pressure in the line; water flows in a test or a burst."""

    order: ClassVar[int] = 45

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        supply = local_pressure(self.world, self.assets, self.parameter("elevation"))
        first = _TEST_AT_S + WEEK_S * np.floor(4 * self.character) + 1800.0 * self.character
        test = repeating(self.local_seconds(times), 4 * WEEK_S, first)[0] < _TEST_FOR_S
        burst = self.has(self.fault(severity, "pipe_burst"))
        flowing = test | burst
        line = self.lag("line", supply, 6 * 3600.0) + 0.02
        line = line * (1.0 - 0.93 * self.fault(severity, "slow_leak")) - np.where(test, 0.03, 0.0)
        line = np.where(burst, 0.05, np.maximum(line, 0.0))
        end = (line - _TO_END_MPA) * (1.0 - 0.93 * self.fault(severity, "branch_blocked"))
        end = np.maximum(np.where(test, 0.6 * end, end), 0.0)
        states = {
            "flow_switch": flowing,
            "pressure_switch": flowing,
            "valve_open": ~self.has(self.fault(severity, "valve_closed")),
            "test_valve_open": test,
        }
        return {
            "pressure": line + self.noise(0.001),
            "supply_pressure": supply - np.where(burst, 0.02, 0.0) + self.noise(0.001),
            "end_pressure": end + self.noise(0.001),
            **{name: flag.astype(np.float64) for name, flag in states.items()},
        }


BEHAVIOUR = SprinklerLine
