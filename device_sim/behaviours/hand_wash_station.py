"""Hand-wash stations: washes by the hours of the kitchen, soap that is used up and refilled, warm water."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.kitchen import Kitchen
from device_sim.occasions import DAY_S, Occasions
from device_sim.signals import Float64s
from device_sim.world import Int64s, World

_SLOT_S = 180
_REFILL_DAYS = 3.0
_REFILL_AT_S = 5.5 * 3600
_CHANCES = np.array([0.0] * 5 + [0.3, 0.6, 0.5, 0.4, 0.4, 0.7, 0.7] + [0.6, 0.4, 0.3, 0.3, 0.5, 0.6, 0.5]
                    + [0.4, 0.2, 0.05, 0.0, 0.0])  # fmt: skip
_USE_OF_DAY = np.concatenate([[0.0], np.cumsum(_CHANCES) / _CHANCES.sum()])


class HandWashStation(Kitchen):
    """Every wash takes soap and warm water; the crew refills every third morning."""

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._washes = Occasions(rng, self.n, _SLOT_S, 18.0, 45.0)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        hours = self.hours()
        running = np.zeros(hours.shape)
        for since, length in self._washes.recent(times, hours, _CHANCES, 1):
            running = np.where((since >= 0) & (since < length), since + 1.0, running)
        stuck = self.has(self.fault(severity, "valve_stuck"))
        stuck_s = self.lasting("stuck", stuck)
        rate = _CHANCES[hours.astype(np.intp)] / _SLOT_S
        washes = self.rng.poisson(rate * self.world.step_s).astype(np.float64)
        hurry = 11.0 * self.fault(severity, "hurry")
        return {
            "soap_level": self._soap(times, severity),
            "wash_seconds": 27.0 + 3.0 * self.character - hurry + self.lag("habit", self.noise(2.0), 1800.0),
            "washes": self.total("washes", washes, 40000.0),
            "tap_run_time": np.where(stuck, stuck_s, running),
            "water_temp": self._water(severity) + self.noise(0.2),
        }

    def _soap(self, times: Int64s, severity: Severity) -> Float64s:
        """Level, %: falls with the use of each day, back to full at a refill."""
        local = self.local_seconds(times) + np.floor(self.character * _REFILL_DAYS) * DAY_S - _REFILL_AT_S
        hour = (local + _REFILL_AT_S) % DAY_S / 3600.0
        used = np.interp(hour, np.arange(25.0), _USE_OF_DAY)
        days = np.floor(local / DAY_S) % _REFILL_DAYS
        level: Float64s = 98.0 - 22.0 * (days + used)
        forgotten = self.fault(severity, "not_refilled")
        refilled: Float64s = level + (2.0 - level) * forgotten
        return refilled

    def _water(self, severity: Severity) -> Float64s:
        cold = np.clip(11.0 + 0.3 * (self.day_mean() - 10.0), 6.0, 16.0)
        off = self.fault(severity, "heater_off")
        warm = 37.0 + 1.5 * self.character
        return self.lag("water", warm + (cold - warm) * off, 1500.0)


BEHAVIOUR = HandWashStation
