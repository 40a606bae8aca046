"""Weather compensation: the water temperature that a house needs at an outdoor temperature."""

from __future__ import annotations

from dataclasses import dataclass

LOWEST, HIGHEST = 25.0, 85.0


@dataclass(frozen=True)
class Curve:
    """Slope and level (K) of a heating curve for rooms at `room` °C."""

    slope: float = 1.3
    level: float = 0.0
    room: float = 20.0

    def supply(self, outdoor: float) -> float:
        """Supply °C at an outdoor temperature: the polynomial that makers of heating controls use."""
        below = outdoor - self.room
        bend = 1.4347 + 0.021 * below + 247.9e-6 * below**2
        return min(max(self.room + self.level - self.slope * below * bend, LOWEST), HIGHEST)
