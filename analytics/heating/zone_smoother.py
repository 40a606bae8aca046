"""Forecasts with a band: the zone model, an unknown gain that wanders, and what the heater tells meanwhile.

A Kalman filter follows the measured air up to the start; over the forecast it reads the heater's hints only,
and a backward pass (Rauch, Tung, Striebel) lets a later hint correct the hours before it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.heating.rc_model import FIRST_GAIN, first_states, gain_shapes, sources, steps
from analytics.heating.zone_data import ZoneData
from collector.reading import Float64s, Int64s

_GAIN_MEMORY_S = 6 * 3600.0
_HINT_MEMORY_S = 5400.0
_SENSOR_SPREAD = 0.05
_AIR_WANDER, _MASS_WANDER = 0.03, 0.015
_FARTHEST = 4.0
"""A hint that lies farther than so many standard deviations from the model is not believed: a setpoint may
have been changed since it was learned."""


class Track(NamedTuple):
    """Indoor °C and its standard deviation K [S, H]."""

    indoor: Float64s
    spread: Float64s


class Unknown(NamedTuple):
    """The heater's hints per sample, °C and K² [N], and the size of the gains that nobody measures, W."""

    hint: Float64s
    variance: Float64s
    gain_spread: float


class _Model(NamedTuple):
    state: Float64s
    noise: Float64s
    added: Float64s


class _Beliefs(NamedTuple):
    mean: Float64s
    covariance: Float64s


def smooth(
    parameters: Float64s,
    data: ZoneData,
    starts: Int64s,
    horizon: int,
    unknown: Unknown,
) -> Track:
    """Forecast `horizon` steps after each start. Reads no indoor temperature after a start."""
    gain_spread = unknown.gain_spread
    model = _model(parameters, data, gain_spread)
    now = _follow(model, data, first_states(parameters[None], data)[0], starts, gain_spread)
    kept, expected = [now], []
    for ahead in range(1, horizon + 1):
        at = starts + ahead
        prior = _Beliefs(
            now.mean @ model.state.T + model.added[at - 1],
            model.state @ now.covariance @ model.state.T + model.noise,
        )
        now = _listen(prior, unknown.hint[at], unknown.variance[at], data.step) if ahead < horizon else prior
        expected.append(prior)
        kept.append(now)
    return _backwards(model, kept, expected)


def _model(parameters: Float64s, data: ZoneData, gain_spread: float) -> _Model:
    plain = steps(parameters[None], data.step)
    memory = np.exp(-data.step / _GAIN_MEMORY_S)
    state = np.zeros((4, 4))
    state[:3, :3], state[:3, 3], state[3, 3] = plain.state[0], plain.source[0][:, 2], memory
    hour = data.step / 3600.0
    noise = np.diag([_AIR_WANDER**2 * hour, _MASS_WANDER**2 * hour, 0.0, gain_spread**2 * (1 - memory**2)])
    added = np.zeros((len(data), 4))
    shapes = gain_shapes(data, _harmonics(parameters, data))
    added[:, :3] = sources(plain, parameters[None], data, shapes)[:, 0]
    return _Model(state, noise, added)


def _harmonics(parameters: Float64s, data: ZoneData) -> int:
    return (len(parameters) - FIRST_GAIN - 1 - (data.solar is not None)) // 2


def _follow(model: _Model, data: ZoneData, first: Float64s, starts: Int64s, gain_spread: float) -> _Beliefs:
    """Beliefs at each start, from the measured air up to it."""
    mean, covariance = np.append(first, 0.0), np.diag([0.01, 1.0, 1.0, gain_spread**2])
    means, covariances = [], []
    for row in range(int(starts[-1]) + 1):
        trust = covariance[:, 0] / (covariance[0, 0] + _SENSOR_SPREAD**2)
        mean = mean + trust * (data.indoor[row] - mean[0])
        covariance = covariance - np.outer(trust, covariance[0])
        means.append(mean)
        covariances.append(covariance)
        mean = model.state @ mean + model.added[row]
        covariance = model.state @ covariance @ model.state.T + model.noise
    return _Beliefs(np.array(means)[starts], np.array(covariances)[starts])


def _listen(prior: _Beliefs, hint: Float64s, variance: Float64s, step: float) -> _Beliefs:
    """Take the heater's hint; neighbouring hints err alike, so that each counts for less."""
    known = prior.covariance[:, 0, 0]
    away = hint - prior.mean[:, 0]
    believed = np.isfinite(hint) & (away**2 < _FARTHEST**2 * (known + variance))
    spread = known + np.where(believed, variance, 1.0) * max(1.0, _HINT_MEMORY_S / step)
    trust = prior.covariance[:, :, 0] * (believed / spread)[:, None]
    mean = prior.mean + trust * np.where(believed, away, 0.0)[:, None]
    return _Beliefs(mean, prior.covariance - trust[:, :, None] * prior.covariance[:, 0][:, None, :])


def _backwards(model: _Model, kept: list[_Beliefs], expected: list[_Beliefs]) -> Track:
    mean, covariance = kept[-1]
    indoor, variance = [mean[:, 0]], [covariance[:, 0, 0]]
    for now, after in zip(kept[-2:0:-1], expected[:0:-1], strict=True):
        back = now.covariance @ model.state.T @ np.linalg.inv(after.covariance + 1e-9 * np.eye(4))
        mean = now.mean + np.einsum("sij,sj->si", back, mean - after.mean)
        covariance = now.covariance + back @ (covariance - after.covariance) @ back.transpose(0, 2, 1)
        indoor.append(mean[:, 0])
        variance.append(covariance[:, 0, 0])
    spread = np.sqrt(np.maximum(np.column_stack(variance[::-1]), 1e-6))
    return Track(np.column_stack(indoor[::-1]), spread)
