"""Optimum start and stop: learns per zone how long warming up takes and how fast a room coasts down."""

from __future__ import annotations

import numpy as np

from analytics.heating.control.situation import Flags
from collector.reading import Float64s

_LONGEST_S = 12 * 3600.0
_FIRST = np.array([0.25, 0.4, 0.05, 0.005])
"""Hours to warm up before anything is learned: dead time, per kelvin, per kelvin squared, per kelvin
and kelvin outdoors below 20 °C."""
_PACE = 0.4
_MARGIN_S = 300.0
_MOST = 4.0
_LONG_ABSENCE = 4.5
"""Kelvin missing above which walls are cold too: after a weekend a building warms up by another measure."""
_FIRST_COASTING = 0.02
_COASTING_PACE = 0.1


class LeadTimes:
    """For N zones, how much longer than usual each warms up after a night and after a longer absence.

    Every finished warm-up moves the factor by 40 % of what it was wrong, so that five days take up a change
    of the building.
    """

    def __init__(self, zones: int) -> None:
        self._slower = np.zeros((zones, 2))
        self.coasting = np.full(zones, _FIRST_COASTING)
        """Kelvin an hour that a room loses per kelvin to the outside."""

    def warm_up(self, rooms: Float64s, target: Float64s, outdoor: float) -> Float64s:
        """Seconds before use at which a zone must start, 0 where it is warm."""
        missing = np.maximum(target - rooms, 0.0)
        slower = np.where(missing > _LONG_ABSENCE, self._slower[:, 1], self._slower[:, 0])
        needed = np.minimum(3600 * _usual_hours(missing, outdoor) * np.exp(slower) + _MARGIN_S, _LONGEST_S)
        return np.where(missing > 0, needed, 0.0)

    def learn(self, zones: Flags, missing: Float64s, outdoor: float, seconds: Float64s) -> None:
        """Take the warm-ups that these zones have finished: what was missing K, how long it took."""
        hours = np.maximum(seconds, 300.0) / 3600.0
        found = np.clip(np.log(hours / _usual_hours(missing, outdoor)), -np.log(_MOST), np.log(_MOST))
        absence = (missing > _LONG_ABSENCE).astype(np.int64)
        at = np.arange(len(hours))
        now = self._slower[at, absence]
        self._slower[at, absence] = np.where(zones, now + _PACE * (found - now), now)

    def coast(self, rooms: Float64s, floor: Float64s, outdoor: float) -> Float64s:
        """Seconds that an unheated room stays above `floor`."""
        rate = np.maximum(self.coasting * np.maximum(rooms - outdoor, 1.0), 0.05)
        return np.asarray(3600 * np.maximum(rooms - floor, 0.0) / rate)

    def learn_coasting(self, zones: Flags, lost: Float64s, rooms: Float64s, outdoor: float) -> None:
        """Take what these zones lost without heat, K an hour."""
        seen = np.clip(lost, 0.0, 3.0) / np.maximum(rooms - outdoor, 1.0)
        self.coasting = np.where(
            zones, self.coasting + _COASTING_PACE * (seen - self.coasting), self.coasting
        )


def _usual_hours(missing: Float64s, outdoor: float) -> Float64s:
    cold = np.clip(20.0 - outdoor, 0.0, 60.0)
    shapes = np.column_stack([np.ones(len(missing)), missing, missing**2, missing * cold])
    return np.asarray(shapes @ _FIRST)
