"""Emergency lights: a battery on its charger, a self test every other night, lamps and circuits that fail."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.occasions import DAY_S, repeating, scattered, seeds_of
from device_sim.premises import Premises
from device_sim.signals import Float64s
from device_sim.world import Int64s, World

_FULL_V, _EMPTY_V = 4.15, 2.7
_SELF_DISCHARGE_V_H = 0.035
_LIT_V_H = 0.6


class EmergencyLight(Premises):
    """The self test measures how long the battery would last; uncharged, its voltage falls by the hour."""

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._seeds = seeds_of(rng, self.n)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        dark = self.has(self.fault(severity, "circuit_off"))
        no_charge = self.has(self.fault(severity, "charger_defective"))
        ageing = self.fault(severity, "battery_ageing")
        idle_h = self.lasting("uncharged", no_charge) / 3600.0
        lit_h = self.lasting("dark", dark) / 3600.0
        voltage = _FULL_V - 0.04 * self.character - 0.4 * ageing
        voltage = np.maximum(voltage - _SELF_DISCHARGE_V_H * idle_h - _LIT_V_H * lit_h, _EMPTY_V)
        since, night = repeating(self.local_seconds(times), 2 * DAY_S, 7200.0 + 9000.0 * self.character)
        tested = since < self.world.step_s
        lasts = self._duration(night) * (1.0 - 0.82 * ageing)
        took = 0.4 + 0.5 * scattered(self._seeds, night)[1]
        return {
            "mains_ok": (~dark).astype(np.float64),
            "lamp_ok": (~self.has(self.fault(severity, "lamp_defective"))).astype(np.float64),
            "charging_ok": (~(no_charge | dark)).astype(np.float64),
            "battery_voltage": voltage + self.noise(0.008),
            "test_duration": self.held("duration", lasts, tested, lasts[0]),
            "response_time": self.held("response", took, tested, took[0]),
        }

    def _duration(self, night: Int64s) -> Float64s:
        """Minutes that a sound battery of this light lasts, a little different each test."""
        return 84.0 + 22.0 * self.character + 3.0 * scattered(self._seeds, night)[0]


BEHAVIOUR = EmergencyLight
