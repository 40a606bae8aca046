"""The behaviour of kinds without physics of their own: what `simulation.points` and fault offsets say."""

from __future__ import annotations

import numpy as np

from config.kind import Point
from device_sim.behaviours.base import Base, Severity
from device_sim.signals import Float64s
from device_sim.world import Int64s


class Generic(Base):
    """Every point at its level, with a daily swing (highest at 15:00), noise, and the offsets of faults.

    A counter grows by its level every hour. A bool point is 1 from half on.
    """

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        kind = self.assets[0].kind
        return {name: self._move(name, point, severity) for name, point in kind.points.items()}

    def _move(self, name: str, point: Point, severity: Severity) -> Float64s:
        kind = self.assets[0].kind
        moves = kind.simulation.points[name]
        value = moves.level + moves.daily * self._day_swing()
        for fault, planted in kind.simulation.faults.items():
            if fault in severity and name in planted.offset:
                value = value + planted.offset[name] * severity[fault]
        if moves.noise:
            value = value + self.noise(moves.noise)
        if point.role == "counter":
            return self.total(f"total_{name}", np.maximum(value, 0.0) * self.world.step_s / 3600.0)
        return (value >= 0.5).astype(np.float64) if point.type == "bool" else value

    def _day_swing(self) -> Float64s:
        hours = np.column_stack([self.world.local(asset.site).hour for asset in self.assets])
        swing: Float64s = np.cos(2 * np.pi * (hours - 15.0) / 24.0)
        return swing


BEHAVIOUR = Generic
