"""Electricity meters: the drives they feed and the people who switch things on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Base, Severity
from device_sim.metering import metered
from device_sim.signals import Float64s, Swings
from device_sim.world import Int64s, World


class PowerMeter(Base):
    """Base load with a working day on it, plus what connected assets take."""

    order = 90

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._whims = [Swings(rng, 1800, 2 * 86400) for _ in assets]

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        power = np.column_stack([self._power(column, times) for column in range(self.n)])
        power = np.minimum(power, 0.88 * self.parameter("rated_power"))
        stopped = self.broken(severity, "stopped")
        counted = np.where(stopped, 0.0, power * self.world.step_s / 3600.0)
        whim = np.column_stack([swing.at(times) for swing in self._whims])
        lost = self.fault(severity, "phase_lost")
        nominal = self.parameter("nominal_voltage")
        voltage = nominal * (1.01 + 0.006 * whim - 0.14 * self.fault(severity, "voltage_sag"))
        load = power / self.parameter("rated_power")
        factor = 0.955 - 0.015 * load + 0.004 * whim - 0.17 * self.fault(severity, "capacitor")
        return {
            "energy": self.total("energy", counted, 8.6e5),
            "power": power + self.noise(0.05),
            "voltage": voltage - 3.0 * load + self.noise(0.3),
            "unbalance": np.maximum(9.0 + 2.0 * whim + 70.0 * lost + self.noise(0.5), 0.0),
            "power_factor": np.clip(factor + self.noise(0.002), 0.0, 1.0),
        }

    def _power(self, column: int, times: Int64s) -> Float64s:
        asset = self.assets[column]
        local = self.world.local(asset.site)
        day = np.exp(-(((local.hour - 13.5) / 5.0) ** 4)) * np.where(local.workday & local.term, 1.0, 0.45)
        base = asset.parameters["base_load"]
        own = base * (1 + 1.4 * day) * np.clip(1 + 0.06 * self._whims[column].at(times), 0.7, 1.3)
        drives = metered(self.world, asset, "electric_kw")
        return own if drives is None else own + drives


BEHAVIOUR = PowerMeter
