"""Optimum start and stop: learns per zone how long warming up takes and how fast a room coasts down."""

from __future__ import annotations

import numpy as np

from analytics.heating.control.situation import Flags
from collector.reading import Float64s

_FORGET = 0.9
_LONGEST_S = 6 * 3600.0
_FIRST = np.array([0.25, 0.45, 0.006])
"""Hours to warm up before anything is learned: dead time, per kelvin, per kelvin and kelvin outdoors below
20 °C."""
_FIRST_DOUBT = np.array([0.1, 0.05, 2e-5])
_NOISE = 0.1
_FIRST_COASTING = 0.02
_COASTING_PACE = 0.1
_MARGIN_S = 600.0


class LeadTimes:
    """Recursive least squares with forgetting for N zones; a warm-up is one observation."""

    def __init__(self, zones: int) -> None:
        self._weights = np.tile(_FIRST, (zones, 1))
        self._doubt = np.tile(np.diag(_FIRST_DOUBT), (zones, 1, 1))
        self.coasting = np.full(zones, _FIRST_COASTING)
        """Kelvin an hour that a room loses per kelvin to the outside."""

    def warm_up(self, rooms: Float64s, target: Float64s, outdoor: float) -> Float64s:
        """Seconds before use at which a zone must start, 0 where it is warm."""
        missing = np.maximum(target - rooms, 0.0)
        hours = np.einsum("nk,nk->n", self._weights, _shapes(missing, outdoor))
        needed = np.clip(3600 * hours, 0.0, _LONGEST_S) + _MARGIN_S
        return np.where(missing > 0, needed, 0.0)

    def learn(self, zones: Flags, missing: Float64s, outdoor: float, seconds: Float64s) -> None:
        """Take the warm-ups that these zones have finished: what was missing K, how long it took."""
        for zone in np.flatnonzero(zones):
            shape = _shapes(missing[zone : zone + 1], outdoor)[0]
            doubt = self._doubt[zone] / _FORGET
            trust = doubt @ shape / (shape @ doubt @ shape + _NOISE**2)
            error = seconds[zone] / 3600.0 - self._weights[zone] @ shape
            self._weights[zone] = np.maximum(self._weights[zone] + trust * error, 0.0)
            self._doubt[zone] = np.minimum(
                doubt - np.outer(trust, shape @ doubt), np.diag(4 * _FIRST_DOUBT).max()
            )

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


def _shapes(missing: Float64s, outdoor: float) -> Float64s:
    cold = np.clip(20.0 - outdoor, 0.0, 60.0)
    return np.column_stack([missing > 0, missing, missing * cold])
