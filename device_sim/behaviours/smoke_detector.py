"""Smoke detectors: contamination over the years, a chamber at rest, heads that are taken off."""

from __future__ import annotations

import numpy as np

from device_sim.behaviours.base import Severity
from device_sim.premises import Premises
from device_sim.signals import Float64s
from device_sim.world import Int64s

_CLEANED_EVERY_S = 2.5 * 365 * 86400.0


class SmokeDetector(Premises):
    """Dust uses up the compensation between two cleanings; steam looks like smoke."""

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        age = ((times / 1e9)[:, np.newaxis] / _CLEANED_EVERY_S + self.character) % 1.0
        drift = 8.0 + 34.0 * age
        drift = drift + (99.0 - drift) * self.fault(severity, "dirty_head")
        steam = self.has(self.fault(severity, "steam"))
        obscuration = 0.12 + 0.002 * drift + np.where(steam, 6.5, 0.0)
        return {
            "drift": drift + self.lag("wander", self.noise(2.0), 6 * 3600.0),
            "obscuration": np.maximum(obscuration + self.noise(0.03), 0.0),
            "temp": self.indoor(22.0, 0.25, 13.0) + self.noise(0.15),
            "smoke_alarm": steam.astype(np.float64),
            "healthy": (~self.has(self.fault(severity, "removed_head"))).astype(np.float64),
        }


BEHAVIOUR = SmokeDetector
