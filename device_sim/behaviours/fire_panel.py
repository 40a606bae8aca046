"""Fire alarm panels: supervision states, standby battery with a discharge test, alarms that are false."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.occasions import DAY_S, WEEK_S, Occasions, repeating
from device_sim.premises import Premises
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s, World

_TEST_AT_S, _TEST_FOR_S = 3 * DAY_S + 9 * 3600.0, 1800.0
_AROUND_S = 300.0
_FLOAT_V, _LOAD_V, _EMPTY_V = 27.3, 25.8, 20.5
_DISCHARGE_V_H = 0.28
_SLOT_S = 5400


class FirePanel(Premises):
    """On mains the battery floats; on battery its voltage falls with the hours, deeper the older it is."""

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._false = Occasions(rng, self.n, _SLOT_S, 240.0, 900.0)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        first = _TEST_AT_S + WEEK_S * np.floor(4 * self.character) - _AROUND_S
        since, _ = repeating(self.local_seconds(times), 4 * WEEK_S, first)
        testing = (since >= _AROUND_S) & (since < _AROUND_S + _TEST_FOR_S)
        lost = self.has(self.fault(severity, "mains_failure"))
        cut = self.has(self.fault(severity, "loop_cut"))
        fire, events = self._fires(times, severity)
        faults = np.where(cut, 24.0, 0.0) + self.has(self.fault(severity, "detector_fault"))
        states = {
            "fire": fire,
            "loop_ok": ~cut,
            "comm_ok": ~self.has(self.fault(severity, "transmitter_down")),
            "mains_ok": ~(lost | testing),
            "test_mode": since < _TEST_FOR_S + 2 * _AROUND_S,
        }
        battery = self._battery(severity, lost | testing)
        ended = testing & (since + self.world.step_s >= _AROUND_S + _TEST_FOR_S)
        return {
            **{name: flag.astype(np.float64) for name, flag in states.items()},
            "fire_events": self.total("events", events, 40.0),
            "fault_count": faults,
            "disabled_count": np.where(self.has(self.fault(severity, "points_disabled")), 3.0, 0.0),
            "battery_voltage": battery + self.noise(0.015),
            "battery_test_voltage": self.held("tested", battery, ended, np.full(self.n, 25.2)),
        }

    def _fires(self, times: Int64s, severity: Severity) -> tuple[Bools, Float64s]:
        """Whether a (false) fire alarm stands, and how many began within each step."""
        nuisance = self.fault(severity, "nuisance")
        fire = np.zeros(nuisance.shape, dtype=np.bool_)
        begun = np.zeros(nuisance.shape)
        if nuisance.any():
            for since, length in self._false.recent(times, self.hours(), np.ones(24), 1):
                fire |= (since >= 0) & (since < length)
                begun += (since >= 0) & (since < self.world.step_s)
        active = self.has(nuisance)
        return fire & active, np.where(active, begun, 0.0)

    def _battery(self, severity: Severity, on_battery: Bools) -> Float64s:
        ageing = self.fault(severity, "battery_ageing")
        hours = self.lasting("on_battery", on_battery) / 3600.0
        loaded = np.maximum(_LOAD_V - (_DISCHARGE_V_H + 2.0 * ageing) * hours, _EMPTY_V)
        floating = _FLOAT_V - 0.2 * self.character
        return np.where(on_battery, loaded, floating) - 3.1 * ageing


BEHAVIOUR = FirePanel
