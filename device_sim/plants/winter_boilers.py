"""Boilers with burners that modulate, purge and lose heat while they stand hot."""

from __future__ import annotations

import numpy as np

from device_sim.signals import Float64s

_LOW_FIRE = 0.25
_BELOW, _ABOVE = 4.0, 5.0
_PURGE_KJ = 5400.0
_OFF_SECONDS = 180.0
_ISOLATED_BELOW = 30.0
"""A boiler whose setpoint lies below is shut off from the header by its valve."""
_WATER_KJ = 12_500.0
_FLOW_SPREAD = 20.0
"""Each boiler's own pump turns its water over a header without pressure: what the zones do not take comes
back warm, K at full load."""
_HALL = 16.0


class WinterBoilers:
    """N boilers of `rated` kW on one header."""

    def __init__(self, rated: Float64s) -> None:
        count = len(rated)
        self.rated = rated
        self.temp, self.burning = np.full(count, 45.0), np.zeros(count, dtype=np.bool_)
        self.modulation, self.off_for = np.zeros(count), np.full(count, 1e9)
        self.starts = np.zeros(count)
        self.gas_kwh = 0.0
        self.back = 40.0
        self.fan_kwh = 0.0

    def supply(self, setpoint: Float64s) -> float:
        """Header temperature: the mean of the boilers that water flows through."""
        through = setpoint >= _ISOLATED_BELOW
        return float(self.temp[through].mean()) if through.any() else float(self.temp.max())

    def step(self, seconds: float, setpoint: Float64s, load: float) -> None:
        """Advance with the heat drawn from the header in kW."""
        through = setpoint >= _ISOLATED_BELOW
        shared = through if through.any() else np.ones(len(setpoint), dtype=np.bool_)
        self._switch(seconds, setpoint)
        self.modulation = np.where(
            self.burning, np.clip(_LOW_FIRE + (setpoint + 1.0 - self.temp) / 6.0, _LOW_FIRE, 1.0), 0.0
        )
        heat = self.modulation * self.rated
        flow = float(np.sum(self.rated[shared])) / _FLOW_SPREAD
        self.back = self.supply(setpoint) - load / flow
        efficiency = 0.895 + 0.10 * np.clip((54.0 - self.back) / 26.0, 0, 1) - 0.02 * self.modulation
        self.gas_kwh += float(np.sum(heat / efficiency)) * seconds / 3600.0
        self.fan_kwh += float(np.sum(0.003 * heat)) * seconds / 3600.0
        jacket = 0.012 * self.rated * (self.temp - _HALL) / 50.0
        drawn = np.where(shared, load / np.count_nonzero(shared), 0.0)
        self.temp += seconds * (heat - jacket - drawn) / _WATER_KJ

    def _switch(self, seconds: float, setpoint: Float64s) -> None:
        self.off_for = np.where(self.burning, 0.0, self.off_for + seconds)
        wanted = (self.temp < setpoint - _BELOW) & (self.off_for >= _OFF_SECONDS)
        starting = wanted & ~self.burning
        stopping = self.burning & (self.temp > setpoint + _ABOVE)
        self.starts += starting
        self.temp -= starting * _PURGE_KJ / _WATER_KJ
        self.burning = (self.burning | starting) & ~stopping
