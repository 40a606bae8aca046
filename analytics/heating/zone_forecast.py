"""A zone's model as learned from its history, chosen and calibrated on days that it had not seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analytics.heating.heater_hints import HeaterHints, learn_hints
from analytics.heating.rc_fit import RcFit, fit
from analytics.heating.zone_data import ZoneData
from analytics.heating.zone_smoother import Track, Unknown, smooth
from collector.reading import Float64s, Int64s

_GAIN_KELVIN = (1.0, 2.0, 3.0)
"""Sizes of the unknown gain that are tried, as kelvin that it would move the room in the long run."""
_FOLDS = ((0.5, 0.75), (0.7, 1.0))
_BETTER = 0.95
_BAND = 80.0
_USUAL_FACTOR = 1.28
_EVERY_S = 3600.0


class Bands(NamedTuple):
    """Indoor °C [S, H] with a band that holds 80 % of the truth."""

    indoor: Float64s
    low: Float64s
    high: Float64s


class _Setting(NamedTuple):
    gain_kelvin: float
    hints: bool


@dataclass(frozen=True)
class ZoneModel:
    """The learned model; `rmse` K is that of day-ahead forecasts of unseen days (infinite: none to judge)."""

    physics: RcFit
    hints: HeaterHints | None
    gain_spread: float
    band_factor: float
    rmse: float

    def forecast(self, data: ZoneData, starts: Int64s) -> Bands:
        """24 h after each start (sample numbers of `data`), from heat and weather given for those hours."""
        track = _track(self.physics, self.hints, self.gain_spread, data, starts)
        half = self.band_factor * track.spread
        return Bands(track.indoor, track.indoor - half, track.indoor + half)


def learn_zone(history: ZoneData) -> ZoneModel:
    """Fit, choose the setting that forecast unseen days best, widen the band to hold 80 % of them.

    Raises zone_data.UnusableHistoryError for less than 36 h.
    """
    errors = _validate(history)
    setting = _best(errors)
    rmse, factor = _judge(errors.get(setting, []))
    physics = fit(history)
    hints = learn_hints(history) if setting.hints else None
    return ZoneModel(physics, hints, setting.gain_kelvin * physics.loss, factor, rmse)


def _settings() -> Iterator[_Setting]:
    yield from (_Setting(kelvin, hints) for hints in (False, True) for kelvin in _GAIN_KELVIN)


def _validate(history: ZoneData) -> dict[_Setting, list[tuple[Float64s, Float64s]]]:
    """Errors and spreads of each setting on later days than it was fitted on."""
    found: dict[_Setting, list[tuple[Float64s, Float64s]]] = {}
    day = history.day
    for begin, end in _FOLDS:
        cut = int(begin * len(history))
        until = min(max(int(end * len(history)), cut + day + 8), len(history))
        starts = np.arange(cut, until - day, max(1, round(_EVERY_S / history.step)))
        if cut < 2 * day or not len(starts):
            continue
        past, seen = history.part(cut), history.part(until)
        physics, hints = fit(past), learn_hints(past)
        truth = seen.indoor[starts[:, None] + np.arange(1, day + 1)]
        for setting in _settings():
            spread = setting.gain_kelvin * physics.loss
            track = _track(physics, hints if setting.hints else None, spread, seen, starts)
            found.setdefault(setting, []).append((track.indoor - truth, track.spread))
    return found


def _best(errors: dict[_Setting, list[tuple[Float64s, Float64s]]]) -> _Setting:
    """Hints are taken only where they are clearly better: they rest on a habit that may end."""
    score = {s: _judge(found)[0] * (_BETTER**-1 if s.hints else 1.0) for s, found in errors.items()}
    return min(score, key=lambda s: score[s]) if score else _Setting(_GAIN_KELVIN[1], hints=False)


def _judge(found: list[tuple[Float64s, Float64s]]) -> tuple[float, float]:
    """RMSE, and the factor on the spread that holds 80 %."""
    if not found:
        return float("inf"), _USUAL_FACTOR
    errors = np.concatenate([error.ravel() for error, _ in found])
    shares = np.concatenate([(np.abs(error) / spread).ravel() for error, spread in found])
    return float(np.sqrt(np.mean(errors**2))), float(np.percentile(shares, _BAND))


def _track(
    physics: RcFit, hints: HeaterHints | None, gain_spread: float, data: ZoneData, starts: Int64s
) -> Track:
    hint, variance = np.full(len(data), np.nan), np.full(len(data), np.inf)
    if hints is not None:
        hint, variance = hints.read(data)
    return smooth(physics.parameters, data, starts, data.day, Unknown(hint, variance, gain_spread))
