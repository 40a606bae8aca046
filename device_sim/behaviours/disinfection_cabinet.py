"""Infrared disinfection cabinets: batches with heat-up, hold above 120 °C, cooling, and their result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.kitchen import Kitchen
from device_sim.occasions import Sessions
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s, World

_BATCHES = ((9.7, 10.35), (15.2, 15.85), (20.6, 21.25))
_HOLD = 127.0
_LIMITLESS = 165.0
_HEAT_TAU_S = 560.0
_COOL_TAU_S = 1500.0
_OPENED_AT_S, _OPENED_FOR_S, _STOPPED_AT_S = 840.0, 130.0, 1320.0
_UNLOAD_FROM_S, _UNLOAD_FOR_S = 5400.0, 420.0


class DisinfectionCabinet(Kitchen):
    """The tubes heat, the thermostat holds; the device counts the batch's seconds above the limit."""

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._batches = Sessions(rng, self.n, _BATCHES)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        since, length = self._latest(times, self.hours(), severity)
        running = since < length
        ended = (since >= length) & (since - length < self.world.step_s)
        heat_up_s, qualified_s = self._result(severity, length)
        open_s = self._door(severity, since)
        return {
            "temp": self._temp(severity, since, length, open_s) + self.noise(0.3),
            "running": running.astype(np.float64),
            "door_open_time": open_s,
            "qualified_seconds": self.held("qualified", qualified_s, ended, qualified_s[0]),
            "heat_up_time": self.held("heat_up", heat_up_s / 60.0, ended, heat_up_s[0] / 60.0),
            "batches": self.total("batches", ended.astype(np.float64), 2100.0),
        }

    def _latest(self, times: Int64s, hours: Float64s, severity: Severity) -> tuple[Float64s, Float64s]:
        """Seconds since the last batch began, and how long it runs (opened early: it is stopped)."""
        latest, lasts = np.full(hours.shape, np.inf), np.zeros(hours.shape)
        for since, length in self._batches.around(times, hours):
            newer = (since >= 0) & (since < latest)
            latest, lasts = np.where(newer, since, latest), np.where(newer, length, lasts)
        opened = self.has(self.fault(severity, "opened_early"))
        return latest, np.where(opened, np.minimum(lasts, _STOPPED_AT_S), lasts)

    def _ceiling(self, severity: Severity) -> tuple[Float64s, Float64s]:
        """Where the tubes would end without a thermostat, and where the thermostat holds, °C."""
        stuck = self.fault(severity, "thermostat_stuck")
        limitless = _LIMITLESS + 35.0 * stuck - 50.0 * self.fault(severity, "heater_weak")
        return limitless, np.minimum(_HOLD + 2.0 * self.character + 45.0 * stuck, limitless)

    def _result(self, severity: Severity, length: Float64s) -> tuple[Float64s, Float64s]:
        """Seconds to reach the limit (the whole batch if it never does), and seconds above it."""
        limit, ambient = self.parameter("temp_limit"), self.ambient()
        limitless, hold = self._ceiling(severity)
        gap = np.maximum(limitless - limit, 1e-9)
        heat_up = np.minimum(_HEAT_TAU_S * np.log((limitless - ambient).clip(1.0) / gap), length)
        cooling = _COOL_TAU_S * np.log(np.maximum(hold - ambient, 1.0) / (limit - ambient))
        qualified = np.where(heat_up < length, length - heat_up + np.maximum(cooling, 0.0), 0.0)
        again = np.clip(_STOPPED_AT_S - _OPENED_AT_S - _OPENED_FOR_S - 240.0, 0.0, None)
        opened = self.has(self.fault(severity, "opened_early"))
        return np.maximum(heat_up, 0.0), np.where(opened, np.minimum(qualified, again), qualified)

    def _door(self, severity: Severity, since: Float64s) -> Float64s:
        """Seconds the door has stood open: for unloading, or in the middle of a batch."""
        unloading = since - _UNLOAD_FROM_S
        open_s = np.where((unloading >= 0) & (unloading < _UNLOAD_FOR_S), unloading + 1.0, 0.0)
        early = since - _OPENED_AT_S
        opened = self.has(self.fault(severity, "opened_early")) & (early >= 0) & (early < _OPENED_FOR_S)
        return np.where(opened, early + 1.0, open_s)

    def _temp(self, severity: Severity, since: Float64s, length: Float64s, open_s: Float64s) -> Float64s:
        ambient = self.ambient()
        limitless, hold = self._ceiling(severity)
        heated = np.minimum(since, length)
        peak = np.minimum(limitless + (ambient - limitless) * np.exp(-heated / _HEAT_TAU_S), hold)
        temp = ambient + (peak - ambient) * np.exp(-np.maximum(since - length, 0.0) / _COOL_TAU_S)
        dip = self.lag("dip", 38.0 * self._is(open_s > 0), 120.0)
        return np.maximum(temp - dip * (temp > ambient + 40.0), ambient)

    @staticmethod
    def _is(flag: Bools) -> Float64s:
        return flag.astype(np.float64)


BEHAVIOUR = DisinfectionCabinet
