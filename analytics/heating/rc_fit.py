"""Fits the zone model on forecasts of a whole day, with weak knowledge of what houses are like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from analytics.heating.rc_model import FIRST_GAIN, PHYSICAL, START, forecast, gain_shapes
from analytics.heating.zone_data import DAY_S, UnusableHistoryError, ZoneData
from collector.reading import Float64s, Int64s

_HOUSE = np.log([4e6, 2.5e7, 4e-3, 1e-2, 1.6e-2, 1200.0])
_PHYSICAL_WEIGHT, _START_WEIGHT, _GAIN_WEIGHT = 0.1, 0.03, 0.2
_LONGEST_HISTORY_S = 60 * DAY_S
_EVERY_S = 3600.0
_TRIALS = 40


@dataclass(frozen=True)
class RcFit:
    """Parameters [M] of rc_model, and the error of day-ahead forecasts within the history, K."""

    parameters: Float64s
    rmse: float

    @property
    def loss(self) -> float:
        """Heat that leaves per kelvin, W/K."""
        _, _, inner, outer, leak, _ = np.exp(self.parameters[:PHYSICAL])
        return float(1 / leak + 1 / (inner + outer))


def fit(history: ZoneData) -> RcFit:
    """Fit on the last 60 days. Raises UnusableHistoryError where less than a day and a half is given."""
    data = history.part(len(history), max(0, len(history) - round(_LONGEST_HISTORY_S / history.step)))
    if len(data) < 1.5 * data.day:
        raise UnusableHistoryError("a zone model needs at least 36 h of history")
    every = max(1, round(_EVERY_S / data.step))
    starts = np.arange(min(8, len(data) // 10), len(data) - data.day, every)
    task = _Task(data, gain_shapes(data), starts, _expected(data))
    found = least_squares(
        lambda x: task.misses(x[None])[0],
        task.expected,
        jac=task.slopes,
        x_scale=task.scale,
        max_nfev=_TRIALS,
    )
    misses = task.misses(found.x[None])[0][: starts.size * data.day]
    return RcFit(found.x, float(np.sqrt(np.sum(misses**2))))


def _typical_heat(data: ZoneData) -> float:
    return max(float(np.std(data.heat)), 0.2 * float(np.mean(np.abs(data.heat))), 1.0)


def _expected(data: ZoneData) -> Float64s:
    """Parameters of a usual house, scaled to the heat that this one takes."""
    loss = np.mean(data.heat) / max(float(np.mean(data.indoor - data.outdoor)), 2.0)
    usual = 1 / np.exp(_HOUSE[4]) + 1 / (np.exp(_HOUSE[2]) + np.exp(_HOUSE[3]))
    size = np.log(np.clip(loss / usual, 0.05, 50.0))
    gains = np.zeros(gain_shapes(data.part(1)).shape[1])
    gains[0] = 0.1 * _typical_heat(data)
    return np.concatenate([_HOUSE + size * np.array([1, 1, -1, -1, -1, 0]), [-1.0], gains])


@dataclass(frozen=True)
class _Task:
    data: ZoneData
    shapes: Float64s
    starts: Int64s
    expected: Float64s

    @property
    def scale(self) -> Float64s:
        gains = len(self.expected) - FIRST_GAIN
        return np.concatenate([np.ones(FIRST_GAIN), np.full(gains, 0.3 * _typical_heat(self.data))])

    def misses(self, parameters: Float64s) -> Float64s:
        """Forecast errors and distance from the expected house [P, …], weighted."""
        horizon = self.data.day
        ahead = forecast(parameters, self.data, self.shapes, self.starts, horizon)
        truth = self.data.indoor[self.starts[:, None] + np.arange(1, horizon + 1)]
        errors = (ahead - truth).reshape(len(parameters), -1) / np.sqrt(truth.size)
        away = parameters - self.expected
        away[:, :PHYSICAL] *= _PHYSICAL_WEIGHT
        away[:, START] *= _START_WEIGHT
        away[:, FIRST_GAIN:] *= _GAIN_WEIGHT / _typical_heat(self.data)
        return np.concatenate([errors, away], axis=1)

    def slopes(self, at: Float64s) -> Float64s:
        """Jacobian by one batch of slightly moved parameters."""
        moves = 1e-5 * self.scale
        values = self.misses(np.vstack([at, at + np.diag(moves)]))
        return np.asarray((values[1:] - values[0]).T / moves)
