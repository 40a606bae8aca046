"""Chlorine baths: filled for each washing-up, eaten up by dirt, dosed again, basket after basket."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.kitchen import WASHING_UP, Kitchen
from device_sim.occasions import Sessions, scattered, seeds_of
from device_sim.signals import Float64s
from device_sim.world import Int64s, World

_BASKET_S = 480
_DOSED = 335.0
_LOSS_PER_HOUR = 90.0
_DOSING_S = 1800.0
_IDLE_TAU_S = 20 * 3600.0


class ChlorineBath(Kitchen):
    """Free chlorine falls with the dirt brought in; dosing brings it back every half hour of use."""

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._sessions = Sessions(rng, self.n, WASHING_UP)
        self._baskets = seeds_of(rng, self.n)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        hours = self.hours()
        in_use = self._sessions.during(times, hours)
        chlorine = self._chlorine(times, hours)
        chlorine = chlorine * (1.0 - 0.62 * self.fault(severity, "not_dosed"))
        chlorine = chlorine + 290.0 * self.has(self.fault(severity, "overdosed"))
        basket = (times // (_BASKET_S * 10**9))[:, np.newaxis]
        immersion = 325.0 + 110.0 * scattered(self._baskets, basket)[0]
        immersion = immersion * (1.0 - 0.55 * self.has(self.fault(severity, "rushed")))
        tap = 14.0 + 0.35 * (self.day_mean() - 10.0)
        return {
            "free_chlorine": np.maximum(chlorine + self.noise(2.0), 0.0),
            "in_use": in_use.astype(np.float64),
            "immersion_time": self.held("immersion", immersion, in_use, immersion[0]),
            "water_temp": self.lag("water", np.where(in_use, np.maximum(tap, 9.0), self.ambient()), 5400.0)
            + self.noise(0.1),
        }

    def _chlorine(self, times: Int64s, hours: Float64s) -> Float64s:
        """mg/L: a saw between doses while in use; the rest fades until the next filling."""
        latest, lasts = np.full(hours.shape, np.inf), np.zeros(hours.shape)
        for since, length in self._sessions.around(times, hours):
            newer = (since >= 0) & (since < latest)
            latest, lasts = np.where(newer, since, latest), np.where(newer, length, lasts)
        used = np.minimum(latest, lasts)
        saw = _DOSED + 8.0 * self.character - _LOSS_PER_HOUR * (used % _DOSING_S) / 3600.0
        left: Float64s = saw * np.exp(-np.maximum(latest - lasts, 0.0) / _IDLE_TAU_S)
        return left


BEHAVIOUR = ChlorineBath
