"""Manual checks: what a person measures and types in, twice a day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.kitchen import Kitchen
from device_sim.occasions import DAY_S, repeating, scattered, seeds_of
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s, World

_CHECKS_S = (10.0 * 3600, 16.0 * 3600)


class ManualCheck(Kitchen):
    """Values change when a check is made and stand until the next one."""

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._seeds = seeds_of(rng, self.n)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        number, checked = self._check(times)
        first, second, third = scattered(self._seeds, number)
        measured = {
            "atp_swab": 2.0 + 7.0 * first**2 + 48.0 * self.fault(severity, "poor_cleaning"),
            "chlorine_strip": 10.0 * np.round(29.0 + 10.0 * second)
            - 150.0 * self.fault(severity, "weak_disinfectant"),
            "food_probe": 76.0 + 16.0 * third - 24.0 * self.fault(severity, "undercooked"),
        }
        return {name: self.held(name, value, checked, value[0]) for name, value in measured.items()}

    def _check(self, times: Int64s) -> tuple[Int64s, Bools]:
        """Which check was the last one, and whether one is made in this step."""
        local = self.local_seconds(times)
        number, checked = np.zeros(local.shape, dtype=np.int64), np.zeros(local.shape, dtype=np.bool_)
        for at in _CHECKS_S:
            since, which = repeating(local, DAY_S, at)
            number += which
            checked |= since < self.world.step_s
        return number, checked


BEHAVIOUR = ManualCheck
