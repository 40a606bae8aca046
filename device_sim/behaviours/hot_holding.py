"""Hot holding counters: a heated water bath, and food that comes in hot at every meal and slowly settles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.kitchen import MEALS, Kitchen
from device_sim.occasions import Sessions
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s, World

_PREHEAT_S = 50 * 60.0
_FOOD_IN = 77.0
_FOOD_BELOW_BATH = 13.0
_RATED_KW = 3.0


class HotHolding(Kitchen):
    """The bath follows its setpoint as far as the heater reaches; the food settles a little below it."""

    settable: ClassVar = {"setpoint": (60.0, 95.0)}

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._meals = Sessions(rng, self.n, MEALS)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        hours, ambient = self.hours(), self.ambient()
        weak, lid = self.fault(severity, "heater_weak"), self.fault(severity, "lid_open")
        heating, serving, since = self._meal(times, hours)
        setpoint = np.broadcast_to(
            self.commanded("setpoint", self.parameter("setpoint_default")), hours.shape
        )
        reached = setpoint - 42.0 * weak
        well = self.lag("well", np.where(heating, reached, ambient), 700.0)
        swing, _, place = self.cycle("thermostat", np.where(heating, 0.5, 0.0), self.full(420.0))
        well = well + np.where(swing, 4.0 * np.abs(place - 0.25) - 0.5, 4.0 * np.abs(place - 0.75) - 0.5)
        power = np.clip((reached - well) * 0.25 + (well - ambient) * 0.024, 0.2, _RATED_KW)
        return {
            "food_temp": self._food(since, serving, well, lid, ambient) + self.noise(0.15),
            "well_temp": well + self.noise(0.15),
            "setpoint": setpoint,
            "in_use": serving.astype(np.float64),
            "heater_power": np.where(heating, power + 1.2 * lid, 0.0) + np.abs(self.noise(0.02)),
        }

    def _meal(self, times: Int64s, hours: Float64s) -> tuple[Bools, Bools, Float64s]:
        """Whether the bath is heated, whether food is served, and seconds since food last came in."""
        heating = np.zeros(hours.shape, dtype=np.bool_)
        serving = np.zeros_like(heating)
        latest = np.full(hours.shape, np.inf)
        for since, length in self._meals.around(times, hours):
            heating |= (since >= -_PREHEAT_S) & (since < length)
            serving |= (since >= 0) & (since < length)
            latest = np.where(since >= 0, np.minimum(latest, since), latest)
        return heating, serving, latest

    def _food(
        self, since: Float64s, serving: Bools, well: Float64s, lid: Float64s, ambient: Float64s
    ) -> Float64s:
        """Core temperature: of the pan while serving, of the probe in the empty counter after that."""
        settled = well - _FOOD_BELOW_BATH - 22.0 * lid + 1.5 * self.character
        pan = settled + (_FOOD_IN - settled) * np.exp(-since / 2400.0)
        empty = self.lag("probe", np.where(serving, pan, 0.5 * (ambient + well)), 500.0)
        return np.where(serving, pan, empty)


BEHAVIOUR = HotHolding
