"""Common ground of everything that stands in a canteen: its hours and how warm it gets there."""

from __future__ import annotations

import numpy as np

from device_sim.premises import Premises
from device_sim.signals import Float64s

MEALS = ((6.5, 8.6), (11.0, 13.25), (17.0, 19.0))
"""When food is served, local hours."""
WASHING_UP = ((8.7, 9.5), (13.1, 15.0), (18.8, 20.4))
"""When dishes are washed, local hours."""
_COOKING = (7.0, 11.0, 17.0)


class Kitchen(Premises):
    """A behaviour in a canteen. Columns are [T, N]."""

    def ambient(self) -> Float64s:
        """Kitchen temperature, °C: conditioned, a little warmer in summer and while it is cooked."""
        hours = self.hours()
        cooking = sum((np.exp(-(((hours - at) / 1.6) ** 2)) for at in _COOKING), np.zeros_like(hours))
        ambient: Float64s = 23.5 + 0.1 * (self.day_mean() - 10.0) + 3.0 * cooking
        return ambient
