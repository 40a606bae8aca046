"""A heated part of a building as two thermal nodes, air and mass, with radiators."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from device_sim.signals import Float64s

_WATER_KWH = 1.163  # per m³ and K
_TAU_H = 32.0
_OVERSIZE = 1.7
_DESIGN_SPREAD_K = 25.0
_DESIGN_EXCESS_K = 54.0


@dataclass(frozen=True, slots=True)
class Path:
    """What happens to N zones along T steps, each [T, N].

    setpoint, supply (water), outdoor: °C. gains: kW. flow: share of the design flow that comes when the valve
    is open. leak: opening (0..1) that a closed valve keeps. airing: extra ventilation as a multiple of the
    envelope's conductance. surface: share of the radiators that gives heat.
    """

    setpoint: Float64s
    supply: Float64s
    outdoor: Float64s
    gains: Float64s
    flow: Float64s
    leak: Float64s
    airing: Float64s
    surface: Float64s


@dataclass(frozen=True, slots=True)
class Temperatures:
    """Of the zones' air and mass, °C [N]."""

    room: Float64s
    mass: Float64s


class Building:
    """Envelope (kW/K), storage (kWh/K) and radiators of N zones, sized by their load at design weather."""

    def __init__(self, design_heat: Float64s, design_temp: Float64s) -> None:
        self.envelope = design_heat / (20.0 - design_temp)
        self.coupling = 6.0 * self.envelope
        self.storage = _TAU_H * self.envelope
        self.air = 0.13 * self.storage
        self.water = _OVERSIZE * design_heat / _DESIGN_SPREAD_K
        self.surface = _OVERSIZE * design_heat / _DESIGN_EXCESS_K

    @property
    def design_flow(self) -> Float64s:
        """Water flow of the fully open zones, m³/h [N]."""
        return self.water / _WATER_KWH

    def radiator(self, path: Path, row: int, valve: Float64s, room: Float64s) -> tuple[Float64s, Float64s]:
        """Heat kW and return temperature: a heat exchanger against the room's air (NTU method)."""
        stream = self.water * np.maximum(valve, path.leak[row]) * path.flow[row]
        flowing = np.maximum(stream, 1e-3)
        surface = self.surface * path.surface[row]
        heat = flowing * (1 - np.exp(-surface / flowing)) * np.maximum(path.supply[row] - room, 0.0)
        return heat, np.where(stream > 0.02 * self.water, path.supply[row] - heat / flowing, room + 0.5)

    def step(self, path: Path, row: int, now: Temperatures, heat: Float64s, hours: float) -> Temperatures:
        """Air and mass after the step, solved implicitly so that any length of step is stable."""
        loss = (0.35 + path.airing[row]) * self.envelope
        outer = 0.65 * self.envelope
        inertia, store = self.air / hours, self.storage / hours
        outdoor = path.outdoor[row]
        inflow = inertia * now.room + heat + path.gains[row] + loss * outdoor
        held = store * now.mass + outer * outdoor
        a, b = inertia + loss + self.coupling, store + outer + self.coupling
        room = (inflow * b + self.coupling * held) / (a * b - self.coupling**2)
        return Temperatures(room, (held + self.coupling * room) / b)
