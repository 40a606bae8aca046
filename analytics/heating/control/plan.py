"""The control plan: optimum start and stop, weather compensation trimmed by requests, boilers in stages."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.heating.control.curve import LOWEST, Curve
from analytics.heating.control.lead import LeadTimes
from analytics.heating.control.reasons import Setpoint, Stage, Supply
from analytics.heating.control.reset import SupplyReset, requests
from analytics.heating.control.situation import OFF, Decision, Flags, Situation
from analytics.heating.control.staging import Staging
from collector.reading import Float64s

REASONS = tuple(Setpoint)
_STEP_S = 300.0
_FALLBACK_LEAD_S = 7200.0
_REACHED = 0.4
_COMFORT_FLOOR = 0.3
_LONGEST_COAST_S = 5400.0
_PLAUSIBLE = (-30.0, 50.0)
_FROST_BAND = 3.0
_DRY_RETURN = 65.0
"""Lowest supply of a boiler that must not condense: its return stays above 55 °C."""


class Limits(NamedTuple):
    """Envelope of a plant: setback °C per zone, frost guard °C, whether its boilers condense."""

    setback: Float64s
    frost: float = 5.0
    condensing: bool = True
    curve: Curve = Curve(slope=1.3)


class ControlPlan:
    """Remembers what it learned of each zone; decides from measurements and schedule alone."""

    def __init__(self, limits: Limits, boilers: int) -> None:
        zones = len(limits.setback)
        self._limits = limits
        self.leads = LeadTimes(zones)
        self._reset, self._staging = SupplyReset(limits.curve), Staging(boilers)
        self._started = np.zeros(zones, dtype=np.bool_)
        self._start_time, self._missing = np.zeros(zones), np.zeros(zones)
        self._coasting, self._before = np.zeros(zones, dtype=np.bool_), np.full(zones, np.nan)
        self._enabled = True

    def decide(self, now: Situation) -> Decision:
        """Setpoints for the coming five minutes."""
        lost = ~((now.rooms > _PLAUSIBLE[0]) & (now.rooms < _PLAUSIBLE[1]))
        rooms = np.where(lost, now.wanted.setpoint, now.rooms)
        outdoor = now.outdoor if np.isfinite(now.outdoor) else -10.0
        self._learn(now, rooms, outdoor, lost)
        reason = self._reasons(now, rooms, outdoor, lost)
        zones = self._setpoints(now, reason)
        supply, why = self._supply(rooms, zones, outdoor, reason)
        if not np.isfinite(now.outdoor):
            why = Supply.OUTDOOR_UNKNOWN
        boilers, stage = self._boilers(now, supply)
        told = tuple(REASONS[number].value for number in reason)
        return Decision(zones, boilers, told, {"supply": why.value, "stage": stage.value})

    def _reasons(self, now: Situation, rooms: Float64s, outdoor: float, lost: Flags) -> Float64s:
        wanted, limits = now.wanted, self._limits
        lead = self.leads.warm_up(rooms, wanted.next_setpoint - _REACHED, outdoor)
        lead = np.where(lost, _FALLBACK_LEAD_S, lead)
        warming = ~wanted.occupied & np.isfinite(wanted.next_setpoint)
        warming &= (wanted.until_use <= lead) | (self._started & (wanted.until_use < np.inf))
        coast = np.minimum(
            self.leads.coast(rooms, wanted.setpoint - _COMFORT_FLOOR, outdoor), _LONGEST_COAST_S
        )
        stopping = wanted.occupied & (wanted.until_end <= coast) & ~lost
        self._note_starts(now, warming, rooms)
        choices = [rooms < limits.frost + 1.0, lost & (warming | wanted.occupied), stopping, wanted.occupied]
        names = [Setpoint.FROST_GUARD, Setpoint.SENSOR_LOST, Setpoint.OPTIMUM_STOP, Setpoint.OCCUPIED]
        numbers = [REASONS.index(name) for name in (*names, Setpoint.OPTIMUM_START)]
        return np.select([*choices, warming], numbers, REASONS.index(Setpoint.SETBACK))

    def _setpoints(self, now: Situation, reason: Float64s) -> Float64s:
        wanted, limits = now.wanted, self._limits
        empty = np.minimum(wanted.setpoint, limits.setback)
        coming = np.where(wanted.occupied, wanted.setpoint, wanted.next_setpoint)
        by_reason = {
            Setpoint.FROST_GUARD: np.full(len(empty), limits.frost + _FROST_BAND),
            Setpoint.SENSOR_LOST: coming,
            Setpoint.OCCUPIED: wanted.setpoint,
            Setpoint.OPTIMUM_STOP: empty,
            Setpoint.OPTIMUM_START: coming,
            Setpoint.SETBACK: empty,
        }
        return np.choose(reason.astype(np.int64), [by_reason[name] for name in REASONS])

    def _note_starts(self, now: Situation, warming: Flags, rooms: Float64s) -> None:
        begun = warming & ~self._started
        self._start_time = np.where(begun, now.time / 1e9, self._start_time)
        self._missing = np.where(begun, now.wanted.next_setpoint - _REACHED - rooms, self._missing)
        self._started = warming

    def _learn(self, now: Situation, rooms: Float64s, outdoor: float, lost: Flags) -> None:
        """A warm-up ends when the room arrives or two hours into use; a coast is learned step by step."""
        target = np.where(now.wanted.occupied, now.wanted.setpoint, now.wanted.next_setpoint) - _REACHED
        waiting = self._missing > 0.2
        arrived = waiting & (rooms >= target) & ~lost
        self.leads.learn(arrived, self._missing, outdoor, now.time / 1e9 - self._start_time)
        late = waiting & (now.time / 1e9 - self._start_time > 8 * 3600.0)
        self._missing = np.where(arrived | late, 0.0, self._missing)
        drop = (self._before - rooms) * 3600.0 / _STEP_S
        self.leads.learn_coasting(self._coasting & ~lost & np.isfinite(drop), drop, rooms, outdoor)
        self._before = rooms

    def _supply(
        self, rooms: Float64s, zones: Float64s, outdoor: float, reason: Float64s
    ) -> tuple[float, Supply]:
        frost = reason == REASONS.index(Setpoint.FROST_GUARD)
        if frost.any():
            self._enabled = True
            return self._limits.curve.supply(outdoor), Supply.FROST_GUARD
        needing = zones - rooms > (-0.4 if self._enabled else 0.1)
        self._coasting = zones - rooms < -0.6
        before, self._enabled = self._enabled, bool(needing.any())
        if self._enabled and not before:
            self._reset.begin()
        if not self._enabled:
            return OFF, Supply.NO_REQUEST
        lowest = LOWEST if self._limits.condensing else _DRY_RETURN
        asking = int(np.count_nonzero(requests(rooms, zones)))
        return self._reset.step(asking, outdoor, lowest), Supply.WEATHER_AND_REQUESTS

    def _boilers(self, now: Situation, supply: float) -> tuple[Float64s, Stage]:
        setpoints = np.full(len(now.supply), OFF)
        if supply <= OFF:
            return setpoints, Stage.DISABLED
        chosen, stage = self._staging.choose(_STEP_S, now.modulation, now.supply, supply, now.locked_out)
        setpoints[chosen] = supply
        return setpoints, stage
