"""Fire-water tanks: a float valve against small losses, water that follows the room, leaks."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from device_sim.behaviours.base import Severity
from device_sim.premises import Premises
from device_sim.signals import Float64s
from device_sim.world import Int64s

_LOSS = 0.03
"""% of the volume per hour that evaporates or drips."""
_FILL = 6.0
"""% of the volume per hour that the float valve lets in."""
_TOP, _BAND = 100.6, 2.0


class FireWaterTank(Premises):
    """The float valve fills a small band; a fault adds a loss it cannot keep up with, or keeps it open."""

    order: ClassVar[int] = 20

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        leak, shut = self.fault(severity, "leak"), self.fault(severity, "inlet_closed")
        stuck = self.has(self.fault(severity, "float_valve_stuck"))
        loss = _LOSS * (0.7 + 0.6 * self.character) + 9.0 * leak
        duty = np.clip(loss / _FILL, 0.0, 1.0)
        period_s = 3600.0 * _BAND * (1.0 / np.maximum(loss, 1e-3) + 1.0 / np.maximum(_FILL - loss, 0.05))
        filling, begun, place = self.cycle("float", duty, period_s)
        filled = np.where(duty < 1.0, np.minimum(place / np.maximum(duty, 1e-6), 1.0), 0.0)
        emptied = np.clip((place - duty) / np.maximum(1.0 - duty, 1e-6), 0.0, 1.0)
        saw = np.where(duty < 1.0, filled - emptied, 0.0)
        missing = self.lag("missing", 45.0 * leak + 42.0 * shut, 4 * 3600.0)
        extra = self.lag("extra", np.where(stuck, 11.0, 0.0), 3600.0)
        level = _TOP - _BAND * (1.0 - saw) - missing + extra
        inlet = (filling | stuck) & (shut < 0.02)
        closed = self.has(self.fault(severity, "outlet_closed"))
        self.world.put_all(self.assets, "head_mpa", np.where(closed, 0.0, 0.042 * level / 100.0))
        per_filling = np.where(duty < 1.0, loss * period_s / 3600.0, 0.0)
        inflow = self._filled_in_step(filled, begun, per_filling)
        inflow = inflow + np.where((duty >= 1.0) | stuck, _FILL * self.world.step_s / 3600.0, 0.0)
        inflow = np.where(shut < 0.02, inflow, 0.0) * self.parameter("volume") / 100.0
        room = self.indoor(13.5, 0.3, 8.0)
        return {
            "level": level + self.noise(0.05),
            "water_temp": self.lag("water", self.indoor(12.5, 0.3, 7.5), 2 * 86400.0) + self.noise(0.03),
            "room_temp": room + self.noise(0.1),
            "inlet_open": inlet.astype(np.float64),
            "makeup_total": self.total("makeup", inflow, 120.0),
            "outlet_valve_open": (~closed).astype(np.float64),
        }

    def _filled_in_step(self, filled: Float64s, begun: Float64s, per_filling: Float64s) -> Float64s:
        """% of the volume let in within each step; `filled` is how far the last filling has come, 0..1."""
        last = self.state.get("filled", filled[0])
        before = np.vstack([last[np.newaxis, :], filled[:-1]])
        self.state["filled"] = filled[-1].copy()
        let_in: Float64s = np.maximum(begun + filled - before, 0.0) * per_filling
        return let_in


BEHAVIOUR = FireWaterTank
