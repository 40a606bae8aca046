"""What a behaviour is: the moving part of one kind, for all its assets at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

import numpy as np

from config.plant import PlantAsset
from device_sim import signals
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s, World

Severity = Mapping[str, Float64s]
"""Fault name -> severity [T, N], 0 (none) to 1 (full); faults active nowhere in the stretch are left out."""


class Behaviour(Protocol):
    """Moves the N assets of one kind through T equal steps of time."""

    order: ClassVar[int]
    state: dict[str, Float64s]

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None: ...

    def prepare(self, times: Int64s, severity: Severity) -> None:
        """Tell the world what others need before they advance (availability, supply temperature)."""

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        """The stretch `times` [T]: every point name of the kind -> values [T, N] as the sensors read them."""

    def command(self, asset_index: int, point: str, value: float) -> bool:
        """A setpoint written to asset number `asset_index` (of this behaviour); False: it cannot be set."""


class Base:
    """Common ground of behaviours. A file in this folder holds one subclass and names it as `BEHAVIOUR`.

    Everything that is remembered between stretches lives in `state` (float64 arrays), so that a simulator
    started again goes on where it stopped. `order`: 10 surroundings, 20 sources (gas, boilers, tanks),
    30 consumers (zones), 40 pumps and networks, 50 all others, 60 boilers' balance, 90 meters.
    """

    order: ClassVar[int] = 50
    settable: ClassVar[Mapping[str, tuple[float, float]]] = {}
    """Points that can be written over MQTT, with the range that the device takes."""

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        self.assets = tuple(assets)
        self.world = world
        self.rng = rng
        self.state: dict[str, Float64s] = {
            f"set_{point}": np.full(len(self.assets), np.nan) for point in self.settable
        }

    @property
    def n(self) -> int:
        """Number of assets N."""
        return len(self.assets)

    def prepare(self, times: Int64s, severity: Severity) -> None:
        """Nothing to tell beforehand."""

    def command(self, asset_index: int, point: str, value: float) -> bool:
        """Take a written setpoint if the point is settable and the value within the device's range."""
        low, high = self.settable.get(point, (np.inf, -np.inf))
        if not low <= value <= high:
            return False
        self.state[f"set_{point}"][asset_index] = value
        return True

    def commanded(self, point: str, otherwise: Float64s) -> Float64s:
        """The written setpoint where there is one, else what the device does by itself ([N] or [T, N])."""
        written = self.state[f"set_{point}"]
        return np.where(np.isnan(written), otherwise, written)

    def parameter(self, name: str) -> Float64s:
        """A parameter of every asset [N]."""
        return np.array([asset.parameters[name] for asset in self.assets], dtype=np.float64)

    def fault(self, severity: Severity, name: str) -> Float64s:
        """How far a fault has come [T, N]; zeros where it is not planted."""
        found = severity.get(name)
        return np.zeros((len(self.world.times), self.n)) if found is None else found

    def full(self, value: float) -> Float64s:
        """A quantity [T, N] that stands still."""
        return np.full((len(self.world.times), self.n), value)

    def broken(self, severity: Severity, name: str) -> Bools:
        """Whether a fault that is there or not is there [T, N]."""
        return self.fault(severity, name) >= 0.5

    def noise(self, sigma: float) -> Float64s:
        """Sensor noise [T, N] with this standard deviation."""
        return self.rng.normal(0.0, sigma, (len(self.world.times), self.n))

    def columns(self, quantity: str, default: float) -> Float64s:
        """A quantity [T, N] of our own assets that others put into the world."""
        return np.column_stack([self.world.get(a.id, quantity, default) for a in self.assets])

    def lag(self, name: str, target: Float64s, tau_s: float) -> Float64s:
        """First-order response [T, N] to the target, remembered under `name`; begins settled."""
        last = self.state.setdefault(name, target[0].copy())
        response, self.state[name] = signals.lag(target, last, self.world.step_s, tau_s)
        return response

    def hold(self, name: str, values: Float64s, stuck: Bools) -> Float64s:
        """The values [T, N], standing still while `stuck`, remembered under `name`."""
        last = self.state.setdefault(name, values[0].copy())
        held, self.state[name] = signals.hold(values, stuck, last)
        return held

    def total(self, name: str, increments: Float64s, first: float = 0.0) -> Float64s:
        """A counter [T, N] remembered under `name`."""
        last = self.state.setdefault(name, np.full(self.n, first))
        counts, self.state[name] = signals.total(increments, last)
        return counts

    def cycle(self, name: str, duty: Float64s, period_s: Float64s) -> tuple[Bools, Float64s, Float64s]:
        """On-off cycling remembered under `name`: on, starts in each step, place in the period [T, N]."""
        phase = self.state.setdefault(name, self.rng.uniform(0.0, 1.0, self.n))
        on, starts, position, self.state[name] = signals.cycle(duty, period_s, phase, self.world.step_s)
        return on, starts, position
