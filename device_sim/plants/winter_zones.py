"""Forty zones as buildings: air with furniture, partitions, outer walls, radiators with their valves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from device_sim.signals import Float64s

DESIGN_OUTDOOR, DESIGN_INDOOR, DESIGN_MEAN_WATER, DESIGN_SPREAD = -24.0, 20.0, 62.5, 25.0
_EXPONENT = 1.3
_BAND = 1.0
"""Proportional band of the zone's own valve controller, K."""


class Air(NamedTuple):
    """What surrounds the zones at a step: outdoor °C, wind m/s, sun per zone W/m², people per zone 0 to 1."""

    outdoor: float
    wind: float
    sun: Float64s
    people: Float64s


class WinterZones:
    """States of N zones; powers in kW, capacities in kJ/K. Radiators and flows predate the insulation."""

    def __init__(self, rng: np.random.Generator, area: Float64s, design_heat: Float64s) -> None:
        count = len(area)

        def spread(share: float) -> Float64s:
            return rng.uniform(1 - share, 1 + share, count)

        loss = design_heat / (DESIGN_INDOOR - DESIGN_OUTDOOR)
        self.area = area
        self.windows, self.walls = 0.42 * loss * spread(0.15), 0.58 * loss * spread(0.15)
        self.to_partition = 0.018 * area * spread(0.2)
        self.air_mass, self.partition_mass = 22.0 * area * spread(0.25), 150.0 * area * spread(0.3)
        self.wall_mass = 100.0 * area * spread(0.3)
        self.rated = 1.9 * design_heat * spread(0.1)
        self.water_flow = 2.0 * design_heat / DESIGN_SPREAD
        self.radiator_mass = 38.0 * design_heat
        self.glass = 0.035 * area * spread(0.3)
        self.air, self.partition = np.full(count, 18.0), np.full(count, 17.5)
        self.wall, self.radiator = np.full(count, 10.0), np.full(count, 25.0)
        self.valve = np.zeros(count)

    def step(self, seconds: float, setpoint: Float64s, supply: float, around: Air) -> Float64s:
        """Advance; the heat taken from the water, kW per zone."""
        self.valve = np.clip((setpoint - self.air) / _BAND + 0.5, 0.0, 1.0)
        taken = 2 * self.water_flow * self.valve * np.maximum(supply - self.radiator, -5.0)
        excess = np.maximum(self.radiator - self.air, 0.0) / (DESIGN_MEAN_WATER - DESIGN_INDOOR)
        given = self.rated * excess**_EXPONENT
        outside = around.outdoor - self.air
        draught = self.windows * (0.8 + 0.07 * around.wind) * outside
        wall_in = 3.0 * self.walls * (self.wall - self.air)
        partition_in = self.to_partition * (self.partition - self.air)
        gain = self.glass * around.sun / 1000.0 + self.area * (0.0006 + 0.0035 * around.people)
        self.partition += seconds * (0.4 * gain + 0.15 * given - partition_in) / self.partition_mass
        wall_out = 1.5 * self.walls * (around.outdoor - self.wall)
        self.wall += seconds * (wall_out - wall_in) / self.wall_mass
        self.air += seconds * (draught + wall_in + partition_in + 0.6 * gain + 0.85 * given) / self.air_mass
        self.radiator += seconds * (taken - given) / self.radiator_mass
        return np.asarray(taken)

    def flow(self) -> float:
        """Water that the valves let through, kW/K."""
        return float(np.sum(self.water_flow * self.valve))
