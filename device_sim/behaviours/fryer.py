"""Fryers: oil heated for lunch and supper, cold baskets, polar compounds that grow until an oil change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.kitchen import Kitchen
from device_sim.occasions import DAY_S, Sessions
from device_sim.signals import Float64s
from device_sim.world import Int64s, World

_FRYING = ((10.2, 12.9), (16.2, 18.5))
_HEAT_TAU_S = 420.0
_COOL_TAU_S = 1.7 * 3600
_BASKET_S = 360.0
_OIL_DAYS = 6
_FRESH_POLAR, _POLAR_PER_DAY = 5.0, 2.3
_OIL_CHANGED_AT_S = 21.5 * 3600


class Fryer(Kitchen):
    """The crew changes the oil every sixth evening; until then frying ages it."""

    settable: ClassVar = {"setpoint": (120.0, 190.0)}

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._sessions = Sessions(rng, self.n, _FRYING)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        hours = self.hours()
        setpoint = np.broadcast_to(
            self.commanded("setpoint", self.parameter("setpoint_default")), hours.shape
        )
        in_use = self._sessions.during(times, hours)
        held = setpoint + 26.0 * self.fault(severity, "thermostat_off")
        today, age_days = self._used(times, hours)
        polar = _FRESH_POLAR + _POLAR_PER_DAY * (age_days + today)
        polar = polar + 25.0 * self.fault(severity, "worn_oil")
        level = 99.0 - 9.0 * today - 48.0 * self.fault(severity, "drain_drips")
        return {
            "oil_temp": self._oil(times, hours, held) + self.noise(0.4),
            "setpoint": setpoint,
            "in_use": in_use.astype(np.float64),
            "polar_compounds": polar + self.noise(0.15),
            "oil_level": level + self.noise(0.2),
            "fry_hours": self.total("hours", np.where(in_use, self.world.step_s / 3600.0, 0.0), 1500.0),
        }

    def _oil(self, times: Int64s, hours: Float64s, held: Float64s) -> Float64s:
        """Oil temperature: heating up, dips by cold baskets, cooling down."""
        ambient = self.ambient()
        temp = ambient
        for since, length in self._sessions.around(times, hours):
            hot = -np.expm1(-np.clip(since, 0.0, length) / _HEAT_TAU_S)
            dip = 11.0 * np.exp(-(np.maximum(since, 0.0) % _BASKET_S) / 110.0)
            dip = np.where((since > 1500.0) & (since < length), dip, 0.0)
            left = np.exp(-np.maximum(since - length, 0.0) / _COOL_TAU_S)
            temp = np.maximum(temp, ambient + (held - ambient) * hot * left - dip)
        return temp

    def _used(self, times: Int64s, hours: Float64s) -> tuple[Float64s, Float64s]:
        """Share of the frying done since the last evening (0..1), and days since the oil was changed."""
        total = sum(end - begin for begin, end in _FRYING)
        done = np.zeros(hours.shape)
        evening = self.local_seconds(times) - _OIL_CHANGED_AT_S
        since_evening = evening % DAY_S
        for since, length in self._sessions.around(times, hours):
            done += np.where(since < since_evening, np.clip(since, 0.0, length), 0.0) / 3600.0
        days = np.floor(evening / DAY_S + np.floor(self.character * _OIL_DAYS)) % _OIL_DAYS
        return done / total, days


BEHAVIOUR = Fryer
