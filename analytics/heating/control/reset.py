"""Trim and respond: the supply temperature sinks step by step until zones ask for more."""

from __future__ import annotations

import numpy as np

from analytics.heating.control.curve import LOWEST, Curve
from analytics.heating.control.situation import Flags
from collector.reading import Float64s

_EVERY_STEPS = 3
_IGNORED = 2
_TRIM, _RESPOND, _MOST = -0.02, 0.03, 0.07
_START = 1.0
_ASK_BELOW = 0.35


def requests(rooms: Float64s, setpoints: Float64s) -> Flags:
    """Zones that ask for warmer water: those clearly below their setpoint."""
    return np.asarray(setpoints - rooms > _ASK_BELOW)


class SupplyReset:
    """A share 0 to 1 between the lowest supply temperature and the curve's, after Guideline 36 defaults:
    every 15 min −2 %, every 5 min +3 % per request beyond two, at most +7 %."""

    def __init__(self, curve: Curve) -> None:
        self._curve = curve
        self.share = _START
        self._wait = 0

    def step(self, asking: int, outdoor: float, lowest: float = LOWEST) -> float:
        """The supply setpoint °C for the coming step of 5 min."""
        self._wait -= 1
        if self._wait <= 0 or asking > _IGNORED:
            self._wait = _EVERY_STEPS
            self._move(asking)
        highest = self._curve.supply(outdoor)
        return max(lowest, LOWEST) + self.share * max(highest - max(lowest, LOWEST), 0.0)

    def _move(self, asking: int) -> None:
        beyond = max(asking - _IGNORED, 0)
        move = min(_RESPOND * beyond, _MOST) if beyond else _TRIM
        self.share = min(max(self.share + move, 0.0), 1.0)

    def begin(self) -> None:
        """The plant starts: as warm as the curve allows, then trimmed."""
        self.share = _START
