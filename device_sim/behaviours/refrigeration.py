"""Refrigerators, freezers and sample fridges: compressor cycling, defrost, door openings, slow food."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.kitchen import Kitchen
from device_sim.occasions import Occasions
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s, World

_SLOT_S = 600
_SLOTS_BACK = 5
_DOOR_TAU_S = 600.0
_DEFROST_RISE_TAU_S = 900.0
_DEFROST_FALL_TAU_S = 700.0
_AIR_TAU_S = 1.2 * 3600
_FOOD_TAU_S = 2.5 * 3600


class Cabinet(NamedTuple):
    """What tells a kind of cabinet from the next.

    `reach`: K below ambient that it holds with the compressor always on; `usual`: its usual duty.
    """

    reach: float
    usual: float
    defrost_s: float
    defrost_rise: float
    door_rise: float
    openings: dict[int, float]


_BUSY = dict.fromkeys(range(5, 20), 0.35) | {6: 0.5, 10: 0.6, 11: 0.5, 16: 0.6, 17: 0.5, 20: 0.2}
_CABINETS = {
    "refrigerator": Cabinet(52.0, 0.45, 1200.0, 5.0, 1.5, _BUSY),
    "freezer": Cabinet(78.0, 0.62, 1500.0, 9.0, 1.3, {h: 0.4 * p for h, p in _BUSY.items()}),
    "sample_fridge": Cabinet(52.0, 0.45, 1200.0, 5.0, 1.5, {8: 0.3, 12: 0.5, 18: 0.4}),
}


def _cabinet_of(asset: PlantAsset) -> Cabinet:
    """By the kind's name; a kind of somebody else's by its limit."""
    usual = "freezer" if asset.parameters["limit"] < -5.0 else "refrigerator"
    return _CABINETS.get(asset.kind.kind, _CABINETS[usual])


class Refrigeration(Kitchen):
    """Heat comes in through walls, gasket and goods; the compressor takes it out for a share of the time.

    Below its reach the cabinet holds the setpoint; beyond it the air drifts to where both are equal.
    """

    settable: ClassVar = {"setpoint": (-30.0, 10.0)}

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._cabinet = _cabinet_of(assets[0])
        self._doors = Occasions(rng, self.n, _SLOT_S, 10.0, 70.0)
        self._chances = np.array([self._cabinet.openings.get(hour, 0.0) for hour in range(24)])

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        powered = ~self.has(self.fault(severity, "power_loss"))
        door_s, door_heat = self._door(times, severity)
        defrosting, thaw, age_h = self._defrost(times, severity, powered)
        setpoint = np.broadcast_to(
            self.commanded("setpoint", self.parameter("setpoint_default")), door_s.shape
        )
        duty, drift = self._balance(severity, setpoint, age_h, powered)
        on, ripple = self._cycling(duty, defrosting)
        air = setpoint + drift + ripple + thaw + door_heat
        goods = 14.0 * self.fault(severity, "overload")
        food = self.lag("food", setpoint + drift + thaw + door_heat + goods, _FOOD_TAU_S)
        hours = np.where(powered, duty * self.world.step_s / 3600.0, 0.0)
        return {
            "air_temp": air + 0.15 * goods + self.noise(0.08),
            "product_temp": food + self.noise(0.04),
            "setpoint": setpoint,
            "compressor_run": on.astype(np.float64),
            "compressor_hours": self.total("hours", hours, 9000.0),
            "condensing_temp": self._condensing(severity, on),
            "defrost": defrosting.astype(np.float64),
            "defrost_age": age_h,
            "door_open_time": door_s,
            "locked": self._locked(severity, door_s),
            "power_ok": powered.astype(np.float64),
        }

    def _door(self, times: Int64s, severity: Severity) -> tuple[Float64s, Float64s]:
        """Seconds the door has been open (0: shut), and what the last hour's openings add to the air, K."""
        open_s = np.zeros((len(times), self.n))
        heat = np.zeros_like(open_s)
        for since, length in self._doors.recent(times, self.hours(), self._chances, _SLOTS_BACK):
            open_s = np.where((since >= 0) & (since < length), since + 1.0, open_s)
            warmed = -np.expm1(-np.clip(since, 0.0, length) / 40.0)
            heat += warmed * np.exp(-np.maximum(since - length, 0.0) / _DOOR_TAU_S)
        ajar = self.has(self.fault(severity, "door_ajar"))
        ajar_s = self.lasting("ajar", ajar)
        left_open = self.lag("left_open", np.where(ajar, 14.0, 0.0), 1200.0)
        return np.where(ajar, ajar_s, open_s), self._cabinet.door_rise * heat + left_open

    def _defrost(self, times: Int64s, severity: Severity, powered: Bools) -> tuple[Bools, Float64s, Float64s]:
        """Defrosting or not, what the last defrost adds to the air (K), and hours since the last one."""
        period = self.parameter("defrost_hours") * 3600.0
        since = (times[:, np.newaxis] / 1e9 + self.character * period) % period
        works = powered & ~self.has(self.fault(severity, "missed_defrost"))
        length = self._cabinet.defrost_s
        defrosting = (since < length) & works
        rise = -np.expm1(-np.minimum(since, length) / _DEFROST_RISE_TAU_S)
        thaw = (
            self._cabinet.defrost_rise * rise * np.exp(-np.maximum(since - length, 0) / _DEFROST_FALL_TAU_S)
        )
        self.state.setdefault("defrost_s", np.maximum(since[0] - length, 0.0))
        age_h = self.lasting("defrost_s", ~defrosting) / 3600.0
        return defrosting, np.where(works, thaw, 0.0), age_h

    def _balance(
        self, severity: Severity, setpoint: Float64s, age_h: Float64s, powered: Bools
    ) -> tuple[Float64s, Float64s]:
        """Compressor duty 0..1 and how far the air drifts above the setpoint, K."""
        cabinet = self._cabinet
        spare = 1.0 / cabinet.usual - 1.0
        leaky = 1.0 + 1.2 * spare * self.fault(severity, "gasket")
        late = self.parameter("defrost_hours")
        ice = np.clip((age_h - 1.3 * late) / (2 * late), 0.0, 1.0)
        weak = 1.0 - 0.85 * self.fault(severity, "refrigerant_loss")
        weak = weak * (1.0 - 1.08 * (1.0 - cabinet.usual) * self.fault(severity, "dirty_condenser"))
        weak = weak * (1.0 - 0.7 * ice)
        capacity = np.where(powered, cabinet.reach * weak, 0.0)
        load = (self.ambient() - setpoint) * leaky
        load = load + cabinet.reach * 0.25 * self.fault(severity, "overload")
        duty = np.clip(load / np.maximum(capacity, 1.0), 0.08, 1.0)
        drift = self.lag("drift", np.maximum(load - capacity, 0.0) / leaky, _AIR_TAU_S)
        return np.where(powered, duty, 0.0), drift

    def _cycling(self, duty: Float64s, defrosting: Bools) -> tuple[Bools, Float64s]:
        """Compressor on or off, and the swing of the air temperature by its cycles, K."""
        half_k = 0.8 + 0.3 * self.character
        period = np.clip(300.0 / np.maximum(duty * (1.0 - duty), 0.08), 900.0, 3600.0)
        on, _, place = self.cycle("compressor", duty, period)
        falling = 1.0 - 2.0 * place / np.maximum(duty, 1e-6)
        rising = -1.0 + 2.0 * (place - duty) / np.maximum(1.0 - duty, 1e-6)
        cycles = (duty > 0.0) & (duty < 1.0) & ~defrosting
        return on & ~defrosting, np.where(cycles, half_k * np.where(on, falling, rising), 0.0)

    def _condensing(self, severity: Severity, on: Bools) -> Float64s:
        ambient = self.ambient()
        dirt, loss = self.fault(severity, "dirty_condenser"), self.fault(severity, "refrigerant_loss")
        running = ambient + 13.0 + 2.0 * self.character + 18.0 * dirt - 11.0 * loss
        return self.lag("condenser", np.where(on, running, ambient + 3.0), 240.0) + self.noise(0.2)

    def _locked(self, severity: Severity, door_s: Float64s) -> Float64s:
        forgotten = self.has(self.fault(severity, "lock_forgotten"))
        return np.where(forgotten | (door_s > 0), 0.0, 1.0)


BEHAVIOUR = Refrigeration
