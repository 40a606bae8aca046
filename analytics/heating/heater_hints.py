"""What a heater's own behaviour tells about the room: a thermostat that modulates steadily has reached its
setpoint, a cold radiator's trickle of heat rises as the room cools.

Learned per state of the heater from the zone's history, with the spread seen on stretches left out. Where the
heater follows no thermostat the spread is wide, and the hint weighs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.heating.zone_data import DAY_S, ZoneData
from collector.reading import Float64s, Int64s

_LEVELS = (0.005, 0.12, 0.8)
_SLOPES = (-0.04, 0.04)
_RIDGE = np.array([1e-6, 0.02, 0.05, 0.2]) * 0.1
_BLOCKS = 5
_LEAST_SAMPLES, _LEAST_DAYS = 8, 3
_LEAST_SPREAD = 0.03
_SHORTEST_RANGE = 0.05
_MEMORY_S = 6 * 3600.0


@dataclass(frozen=True)
class _Cell:
    weights: Float64s
    variance: float
    low: Float64s
    high: Float64s


@dataclass(frozen=True)
class HeaterHints:
    """Indoor temperature by the state of the heater; `top` is its usual highest heat, W."""

    top: float
    cells: dict[int, _Cell]

    def read(self, data: ZoneData) -> tuple[Float64s, Float64s]:
        """Indoor °C and its variance K² [N]; NaN and infinite where the heater says nothing.

        Reads heat and weather only, never the room. Beyond what was seen the variance grows.
        """
        value, variance = np.full(len(data), np.nan), np.full(len(data), np.inf)
        states, shapes = _states(data, self.top), _shapes(data, self.top)
        for state, cell in self.cells.items():
            at = states == state
            seen = shapes[at]
            outside = np.maximum(cell.low - seen, 0) + np.maximum(seen - cell.high, 0)
            far = (outside / np.maximum(cell.high - cell.low, _SHORTEST_RANGE)).max(axis=1, initial=0.0)
            value[at] = seen @ cell.weights
            variance[at] = cell.variance * (1 + far) ** 2
        return value, variance


def learn_hints(history: ZoneData) -> HeaterHints:
    """Learn from a zone's history; states seen too rarely are left out."""
    top = max(float(np.percentile(history.heat, 98)), 1.0)
    states, shapes = _states(history, top), _shapes(history, top)
    block = np.arange(len(history)) * _BLOCKS // len(history)
    day = history.times // DAY_S
    cells = {}
    for state in np.unique(states):
        at = np.flatnonzero(states == state)
        often = len(at) >= _LEAST_SAMPLES and len(np.unique(day[at])) >= _LEAST_DAYS
        if often and len(np.unique(block[at])) > 1:
            cells[int(state)] = _learn_cell(shapes[at], history.indoor[at], block[at])
    return HeaterHints(top, cells)


def _learn_cell(shapes: Float64s, indoor: Float64s, block: Int64s) -> _Cell:
    left_out = []
    for one in np.unique(block):
        others, these = block != one, block == one
        left_out.append(indoor[these] - shapes[these] @ _solve(shapes[others], indoor[others], len(indoor)))
    spread = max(float(np.mean(np.concatenate(left_out) ** 2)), _LEAST_SPREAD**2)
    return _Cell(_solve(shapes, indoor, len(indoor)), spread, shapes.min(axis=0), shapes.max(axis=0))


def _solve(shapes: Float64s, indoor: Float64s, count: int) -> Float64s:
    mean = indoor.mean()
    weights = np.linalg.solve(shapes.T @ shapes + np.diag(_RIDGE * count), shapes.T @ (indoor - mean))
    weights[0] += mean
    return np.asarray(weights)


def _states(data: ZoneData, top: float) -> Int64s:
    """Level of the heat times whether it falls, holds or rises."""
    before = np.concatenate([data.heat[:1], data.heat[:-1]])
    after = np.concatenate([data.heat[1:], data.heat[-1:]])
    level = np.digitize(data.heat / top, _LEVELS)
    return np.asarray(level * 3 + np.digitize((after - before) / top, _SLOPES), dtype=np.int64)


def _shapes(data: ZoneData, top: float) -> Float64s:
    span = max(1, round(_MEMORY_S / data.step))
    total = np.concatenate([[0.0], np.cumsum(data.heat)])
    at = np.arange(len(data))
    first = np.maximum(at - span, 0)
    recent = (total[at + 1] - total[first]) / (at + 1 - first)
    return np.column_stack([np.ones(len(data)), data.heat / top, recent / top, data.outdoor / 20.0])
