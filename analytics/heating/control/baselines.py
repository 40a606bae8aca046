"""Controllers to compare with: a fixed lead before use, a fixed curve, every boiler at the same setpoint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.heating.control.curve import Curve
from analytics.heating.control.situation import OFF, Decision, Situation

FIXED_CURVE = Curve(slope=1.3)
_SUMMER = 18.0


@dataclass(frozen=True)
class FixedSchedule:
    """Starts `lead_s` before use, holds `reduced` °C otherwise; `heating_off` also stops the boilers then."""

    lead_s: float = 7200.0
    curve: Curve = FIXED_CURVE
    reduced: float = 16.0
    heating_off: bool = False

    def decide(self, now: Situation) -> Decision:
        """Setpoints by clock and outdoor temperature alone."""
        wanted = now.wanted
        warming = ~wanted.occupied & (wanted.until_use <= self.lead_s)
        empty = np.minimum(wanted.setpoint, self.reduced)
        zones = np.where(wanted.occupied, wanted.setpoint, np.where(warming, wanted.next_setpoint, empty))
        outdoor = now.outdoor if np.isfinite(now.outdoor) else 0.0
        idle = self.heating_off and not (wanted.occupied | warming).any()
        supply = OFF if idle or outdoor > _SUMMER else self.curve.supply(outdoor)
        return Decision(zones, np.full(len(now.supply), supply))
