"""How many boilers burn: enough for the load, each for a while once it runs, all of them in turn."""

from __future__ import annotations

import numpy as np

from analytics.heating.control.reasons import Stage
from analytics.heating.control.situation import Flags
from collector.reading import Float64s, Int64s

_HIGH_LOAD, _LOW_LOAD = 0.92, 0.75
_COLD = 6.0
_PATIENCE_S = 900.0
_HOLD_S = 1800.0
_TURN_S = 7 * 86_400.0


class Staging:
    """Numbers of boilers by their modulation and the water they make; the lead changes every week."""

    def __init__(self, boilers: int) -> None:
        self.count = 1
        self._boilers = boilers
        self._since, self._turned, self._lead = _HOLD_S, 0.0, 0
        self._strained, self._idle = 0.0, 0.0

    def choose(
        self, seconds: float, modulation: Float64s, supply: Float64s, setpoint: float, locked_out: Flags
    ) -> tuple[Int64s, Stage]:
        """The boilers that shall burn, lead first, and why so many."""
        order = self._order(seconds, locked_out)
        burning = order[: self.count]
        reason = self._judge(seconds, modulation[burning], supply[burning], setpoint)
        if self._since < _HOLD_S or (reason is Stage.DOWN_LOAD and self.count == 1):
            reason = Stage.HELD
        step = {Stage.UP_LOAD: 1, Stage.UP_COLD_SUPPLY: 1, Stage.DOWN_LOAD: -1}.get(reason, 0)
        if step:
            self._since, self._strained, self._idle = 0.0, 0.0, 0.0
        self.count = min(max(self.count + step, 1), max(len(order), 1))
        return order[: self.count], Stage.LOCKED_OUT if locked_out.any() and not step else reason

    def _order(self, seconds: float, locked_out: Flags) -> Int64s:
        self._since += seconds
        self._turned += seconds
        if self._turned >= _TURN_S and self.count == 1:
            self._lead, self._turned = (self._lead + 1) % self._boilers, 0.0
        order = (np.arange(self._boilers) + self._lead) % self._boilers
        return np.asarray(order[~locked_out[order]])

    def _judge(self, seconds: float, modulation: Float64s, supply: Float64s, setpoint: float) -> Stage:
        if not len(modulation):
            return Stage.HELD
        load, cold = float(np.nanmean(modulation)), setpoint - float(np.nanmean(supply)) > _COLD
        strained = load > _HIGH_LOAD or (cold and load > _LOW_LOAD)
        self._strained = self._strained + seconds if strained else 0.0
        fits = load * len(modulation) < _LOW_LOAD * max(len(modulation) - 1, 0)
        self._idle = self._idle + seconds if fits else 0.0
        if self._strained >= _PATIENCE_S:
            return Stage.UP_COLD_SUPPLY if cold else Stage.UP_LOAD
        return Stage.DOWN_LOAD if self._idle >= _PATIENCE_S else Stage.HELD
