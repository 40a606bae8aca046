"""Water meters: kitchens, showers and toilets through the day, leaks, bursts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Base, Severity
from device_sim.signals import Float64s, Swings
from device_sim.world import Int64s, World

_PEAKS = ((7.2, 1.2, 1.0), (12.2, 1.8, 0.8), (18.2, 1.8, 0.7), (21.5, 1.5, 0.9))
"""Hour of the day, its width and height."""


class WaterMeter(Base):
    """Use follows people; between two and four at night it almost stops."""

    order = 90

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._whims = [Swings(rng, 900, 4 * 3600) for _ in assets]

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        leak = 2.2 * self.parameter("night_limit") * self.fault(severity, "leak")
        burst = 1.3 * self.parameter("nominal_flow") * self.fault(severity, "burst")
        flow = self._use(times) + leak + burst
        stopped = self.broken(severity, "stopped")
        counted = np.where(stopped, 0.0, flow * self.world.step_s / 3600.0)
        pressure = 3.9 - 0.5 * flow / self.parameter("nominal_flow") - 2.2 * self.fault(severity, "burst")
        return {
            "volume": self.total("volume", counted, 54000.0),
            "flow": np.maximum(flow, 0.0),
            "pressure": np.maximum(pressure + self.noise(0.03), 0.0),
        }

    def _use(self, times: Int64s) -> Float64s:
        use = np.empty((len(times), self.n))
        for column, asset in enumerate(self.assets):
            local = self.world.local(asset.site)
            peaks = [h * np.exp(-(((local.hour - peak) / width) ** 2)) for peak, width, h in _PEAKS]
            day = np.sum(peaks, axis=0)
            restless = np.clip(1 + 0.25 * self._whims[column].at(times), 0.3, 1.8)
            use[:, column] = day * restless * np.where(local.term, 1.0, 0.4)
        daily = self.parameter("daily_use")
        night = np.minimum(0.0006 * daily, 0.25 * self.parameter("night_limit"))
        scaled: Float64s = daily / 9.4 * use + night
        return np.minimum(scaled, 0.85 * self.parameter("nominal_flow"))


BEHAVIOUR = WaterMeter
