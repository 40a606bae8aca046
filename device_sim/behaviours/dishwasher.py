"""Conveyor dishwashers: tanks heated before each washing-up, a hot final rinse, detergent, scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.kitchen import WASHING_UP, Kitchen
from device_sim.occasions import Sessions
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s, World

_PREHEAT_S = 45 * 60.0
_HEAT_TAU_S = 480.0
_COOL_TAU_S = 2.5 * 3600
_WASH, _RINSE = 63.0, 88.2
_CANISTER_HOURS = 40.0


class Dishwasher(Kitchen):
    """Tanks heat up before a washing-up, hold their temperature through it, and cool down after it."""

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._sessions = Sessions(rng, self.n, WASHING_UP)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        hours = self.hours()
        running = self._sessions.during(times, hours)
        load = self.lag("load", running * (0.6 + 0.4 * np.sin(np.pi * hours / 1.3)), 240.0)
        booster = self.fault(severity, "booster_weak")
        wash = self._tank(times, hours, _WASH - 22.0 * self.fault(severity, "wash_heater"))
        rinse = self._tank(times, hours, _RINSE - 24.0 * booster)
        run_h = self.total("hours", np.where(running, self.world.step_s / 3600.0, 0.0), 1800.0)
        scale = self.fault(severity, "nozzles_scaled")
        water = running * (0.30 + 0.03 * self.character) * (1.0 - 0.4 * scale)
        return {
            "running": running.astype(np.float64),
            "wash_temp": wash - 1.6 * load + self.noise(0.15),
            "rinse_temp": rinse - 0.9 * load + self.noise(0.12),
            "contact_time": self._contact(severity, running),
            "rinse_pressure": running * (1.15 + 0.1 * self.character + 1.6 * scale + self.noise(0.02)),
            "detergent_level": self._detergent(severity, run_h),
            "water_total": self.total("water", water * self.world.step_s / 3600.0, 900.0),
            "run_hours": run_h,
        }

    def _tank(self, times: Int64s, hours: Float64s, hot: Float64s) -> Float64s:
        """Temperature of a tank that is heated to `hot` for every washing-up."""
        ambient = self.ambient()
        temp = ambient
        for since, length in self._sessions.around(times, hours):
            heated = np.clip(since + _PREHEAT_S, 0.0, None)
            warm = -np.expm1(-heated / _HEAT_TAU_S) * np.exp(-np.maximum(since - length, 0.0) / _COOL_TAU_S)
            temp = np.maximum(temp, ambient + (hot - ambient) * warm)
        return temp

    def _contact(self, severity: Severity, running: Bools) -> Float64s:
        """Seconds in the final rinse; the display keeps the last value while the conveyor stands."""
        contact = 46.0 + 2.0 * self.character - 15.0 * self.fault(severity, "too_fast") + self.noise(0.4)
        return self.held("contact", contact, running, 46.0 + 2.0 * self.character)

    def _detergent(self, severity: Severity, run_h: Float64s) -> Float64s:
        level = 100.0 - 80.0 * ((run_h / _CANISTER_HOURS + self.character) % 1.0)
        forgotten = self.fault(severity, "detergent_forgotten")
        return level * (1.0 - forgotten) + 2.0 * forgotten


BEHAVIOUR = Dishwasher
