"""What a controller sees at a step, and what it decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s

Flags = npt.NDArray[np.bool_]


class Wanted(NamedTuple):
    """The schedule per zone at a step: °C, in use, seconds to the next use and its °C, seconds to its end."""

    setpoint: Float64s
    occupied: Flags
    until_use: Float64s
    next_setpoint: Float64s
    until_end: Float64s


@dataclass(frozen=True)
class Situation:
    """Measured values at a step; NaN is missing. Zones [N], boilers [B]: °C, share 0 to 1, hours."""

    time: int
    outdoor: float
    rooms: Float64s
    supply: Float64s
    modulation: Float64s
    locked_out: Flags
    wanted: Wanted


@dataclass(frozen=True)
class Decision:
    """Setpoints °C for zones [N] and boilers [B], with their reasons."""

    zones: Float64s
    boilers: Float64s
    zone_reasons: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)


class Controller(Protocol):
    """Decides once a step, in order of time."""

    def decide(self, now: Situation) -> Decision:
        """Setpoints for the coming step."""


OFF = 20.0
"""Supply setpoint of a boiler that shall not burn, °C."""
