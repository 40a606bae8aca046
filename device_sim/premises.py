"""Common ground of small devices in buildings: where they are, how they differ, what they remember."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim import memory
from device_sim.behaviours.base import Base
from device_sim.occasions import local_hours, local_seconds
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s, World


class Premises(Base):
    """A behaviour of devices in buildings. Columns are [T, N]."""

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self.character = rng.uniform(0.0, 1.0, len(assets))
        """How each asset differs from the next, 0..1 [N]."""

    def hours(self) -> Float64s:
        """Local hour of day."""
        return local_hours(self.world, self.assets)

    def local_seconds(self, times: Int64s) -> Float64s:
        """Seconds of local time since a Monday at midnight."""
        return local_seconds(times, self.hours())

    def day_mean(self) -> Float64s:
        """Mean outdoor temperature of about a day, °C."""
        return np.column_stack([self.world.weather(a.site).day_mean for a in self.assets])

    def indoor(self, level: float, share: float, coldest: float) -> Float64s:
        """Temperature of a room, °C: `level` at 10 °C outdoors, following by `share`, heated to `coldest`."""
        daily = 0.8 * np.cos(2 * np.pi * (self.hours() - 16.0) / 24.0)
        return np.maximum(level + share * (self.day_mean() - 10.0), coldest) + daily

    def has(self, severity: Float64s) -> Bools:
        """Whether a fault that is there or not is there."""
        there: Bools = severity >= 0.5
        return there

    def lasting(self, name: str, flag: Bools) -> Float64s:
        """Seconds for which the flag has been true without a break, remembered under `name`."""
        last = self.state.setdefault(name, np.zeros(self.n))
        seconds, self.state[name] = memory.stretch(flag, last, self.world.step_s)
        return seconds

    def held(self, name: str, value: Float64s, take: Bools, first: Float64s) -> Float64s:
        """The value when it was last taken, remembered under `name`; `first` [N] before that."""
        last = self.state.setdefault(name, first.copy())
        kept, self.state[name] = memory.held(value, take, last)
        return kept

    def latched(self, name: str, begin: Bools, end: Bools) -> Bools:
        """A flag that stays from `begin` until `end`, remembered under `name`."""
        last = self.state.setdefault(name, np.zeros(self.n))
        flag, self.state[name] = memory.latched(begin, end, last)
        return flag
