"""Grey-box model of a zone: air, envelope and emitter, driven by outdoor air, heat and the gains of a day.

Two resistances from air to outdoors over the envelope, one past it, as in the three-resistance two-capacity
models of the literature; the emitter gives its heat late. The hidden states follow the measured air up to the
beginning of a forecast, so that a forecast needs no start values.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import expm

from analytics.heating.zone_data import DAY_S, ZoneData
from collector.reading import Float64s, Int64s

PHYSICAL = 6
"""Logarithms: capacity of air and envelope J/K; resistances air-envelope, envelope-outdoors and air-outdoors
K/W; delay of the emitter s."""
START = 6
FIRST_GAIN = 7
SOLAR_SCALE = 300.0


class Steps(NamedTuple):
    """Discrete model [P, 3, 3] for states and for inputs (outdoor °C, heat W, gain W)."""

    state: Float64s
    source: Float64s


def steps(parameters: Float64s, step: float) -> Steps:
    """The exact discrete model of parameters [P, M] over `step` seconds."""
    air, mass, inner, outer, leak, delay = np.exp(parameters[:, :PHYSICAL]).T
    flow = np.zeros((len(parameters), 6, 6))
    flow[:, 0, 0] = -(1 / inner + 1 / leak) / air
    flow[:, 0, 1] = 1 / inner / air
    flow[:, 0, 2] = flow[:, 0, 5] = 1 / air
    flow[:, 0, 3] = 1 / leak / air
    flow[:, 1, 0] = 1 / inner / mass
    flow[:, 1, 1] = -(1 / inner + 1 / outer) / mass
    flow[:, 1, 3] = 1 / outer / mass
    flow[:, 2, 2], flow[:, 2, 4] = -1 / delay, 1 / delay
    whole = expm(flow * step)
    return Steps(whole[:, :3, :3], whole[:, :3, 3:])


def gain_shapes(data: ZoneData, harmonics: int = 2) -> Float64s:
    """Shapes [N, K] whose weights are the gains in W: constant, waves of the day, measured sun."""
    angle = 2 * np.pi * (data.times % DAY_S) / DAY_S
    columns = [np.ones(len(data))]
    columns += [wave(n * angle) for n in range(1, harmonics + 1) for wave in (np.sin, np.cos)]
    if data.solar is not None:
        columns.append(data.solar / SOLAR_SCALE)
    return np.column_stack(columns)


def first_states(parameters: Float64s, data: ZoneData) -> Float64s:
    """States [P, 3] at the first sample; the envelope lies between indoor and outdoor air."""
    share = 1 / (1 + np.exp(-np.clip(parameters[:, START], -20, 20)))
    count = len(parameters)
    envelope = data.indoor[0] + (data.outdoor[0] - data.indoor[0]) * share
    return np.column_stack([np.full(count, data.indoor[0]), envelope, np.full(count, data.heat[0])])


def sources(model: Steps, parameters: Float64s, data: ZoneData, shapes: Float64s) -> Float64s:
    """What each step adds to the states [N, P, 3]."""
    gains = parameters[:, FIRST_GAIN:] @ shapes.T
    given = np.broadcast_to(np.column_stack([data.outdoor, data.heat]), (*gains.shape, 2))
    return np.asarray(np.einsum("pij,pnj->npi", model.source, np.dstack([given, gains])))


def forecast(
    parameters: Float64s, data: ZoneData, shapes: Float64s, starts: Int64s, horizon: int
) -> Float64s:
    """Indoor °C [P, S, H] of the `horizon` steps after each start, for parameters [P, M].

    Linear, so one free run and one run held to the measured air give every forecast by superposition.
    """
    model = steps(parameters, data.step)
    added = sources(model, parameters, data, shapes)
    free, held = _runs(model, added, first_states(parameters, data), data.indoor)
    row = np.tile(np.array([1.0, 0.0, 0.0]), (len(parameters), 1))
    rows = []
    for _ in range(horizon):
        row = (row[:, None, :] @ model.state)[:, 0]
        rows.append(row)
    ahead = free[:, :, 0][starts[:, None] + np.arange(1, horizon + 1)]
    offset = np.einsum("spi,hpi->psh", held[starts] - free[starts], np.stack(rows))
    return np.asarray(ahead.transpose(2, 0, 1) + offset)


def _runs(model: Steps, added: Float64s, first: Float64s, indoor: Float64s) -> tuple[Float64s, Float64s]:
    free, held = np.empty_like(added), np.empty_like(added)
    loose, tied = np.zeros_like(first), first
    for row, air in enumerate(indoor):
        tied[:, 0] = air
        free[row], held[row] = loose, tied
        loose = (model.state @ loose[:, :, None])[:, :, 0] + added[row]
        tied = (model.state @ tied[:, :, None])[:, :, 0] + added[row]
    return free, held
