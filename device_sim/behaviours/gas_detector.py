"""Boiler-room gas detectors: leaks, flue gas, ageing elements; their contacts shut the gas by themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Base, Severity
from device_sim.signals import Float64s, Swings
from device_sim.world import Int64s, World

_SHUT_AT = 22.0


class GasDetector(Base):
    """A shut valve keeps the gas away until somebody opens it; the sensors see the room clear meanwhile."""

    order = 20

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._drift = [Swings(rng, 3600, 5 * 86400) for _ in assets]

    def prepare(self, times: Int64s, severity: Severity) -> None:
        """Tell the boilers of the site when their gas is shut off."""
        leak, weep = self.fault(severity, "gas_leak"), self.fault(severity, "small_leak")
        self._inflow = 45.0 * leak + 16.0 * weep
        tripped = self._inflow >= _SHUT_AT
        earlier = self.state.setdefault("shut", np.zeros(self.n))
        self._shut = np.maximum.accumulate(np.maximum(tripped, earlier), axis=0) * (leak > 0)
        self.state["shut"] = self._shut[-1].copy()
        for site in {asset.site for asset in self.assets}:
            columns = [c for c, asset in enumerate(self.assets) if asset.site == site]
            self.world.put(site, "gas_shut", self._shut[:, columns].max(axis=1))

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        drift = np.column_stack([swing.at(times) for swing in self._drift])
        dead = self.broken(severity, "detector_dead")
        methane = self.lag("ch4", self._inflow, 240.0) + 0.4 + 0.12 * drift
        methane -= 4.0 * self.fault(severity, "sensor_poisoned")
        monoxide = self.lag("co", 130.0 * self.fault(severity, "flue_spill"), 300.0) + 1.5 + 0.5 * drift
        return {
            "ch4": np.where(dead, np.nan, methane + self.noise(0.08)),
            "co": np.where(dead, np.nan, monoxide + self.noise(0.3)),
            "sensor_fault": dead.astype(np.float64),
            "valve_closed": self._shut.astype(np.float64),
            "fan_run": np.maximum(self._shut, methane > 10.0).astype(np.float64),
        }


BEHAVIOUR = GasDetector
