"""Made-up signals of healthy sensors, and the five ways a sensor fails laid over them.

The signals have a daily course of random shape, weather at several time scales, noise that differs between
day and night, passing events (a door opens, the sun reaches the sensor), rounding and held values. They
teach a classifier what failing looks like where nobody has labelled a site's own data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s

Codes = npt.NDArray[np.int64]
RANDOM, MALFUNCTION, BIAS, DRIFT, POLYNOMIAL = 1, 2, 4, 8, 16
Rng = np.random.Generator
Laid = tuple[Float64s, npt.NDArray[np.bool_] | bool]
"""What a fault adds to each value, and which values it hits."""


class Onset(NamedTuple):
    """Where a fault begins: the healthy values it will cover, its size, the signal's usual step."""

    rng: Rng
    values: Float64s
    jump: float
    noise: float


def signals(seed: int, length: int = 5000, points: int = 60) -> tuple[Float64s, Codes]:
    """Values (float64[length, points]) and the fault code of each (0: healthy); the seed decides all."""
    rng = np.random.default_rng(seed)
    values = _healthy(rng, length, points)
    codes = np.zeros(values.shape, dtype=np.int64)
    for point in range(points):
        _fail(rng, values[:, point], codes[:, point])
        _hold(rng, values[:, point], codes[:, point])
    resolution = np.where(rng.random(points) < 0.6, _between(rng, 0.001, 0.05, points), 1e-6)
    return np.round(values / resolution) * resolution, codes


def _between(rng: Rng, low: float, high: float, size: int | None = None) -> Float64s:
    drawn: Float64s = np.exp(rng.uniform(np.log(low), np.log(high), size))
    return drawn


def _smooth(rng: Rng, length: int, memory: Float64s) -> Float64s:
    noise = rng.normal(size=(length, len(memory)))
    weight = 1 / memory
    level = np.zeros(len(memory))
    for row in noise:
        level = level + weight * (row - level)
        row[:] = level
    return noise * np.sqrt((2 - weight) / weight)


def _healthy(rng: Rng, length: int, points: int) -> Float64s:
    time = np.arange(length)[:, None]
    day = _between(rng, 250, 3000, points)
    angle = 2 * np.pi * time / day + rng.uniform(0, 2 * np.pi, points)
    course = np.sin(angle) + rng.uniform(0, 0.5, points) * np.sin(2 * angle)
    course = course * (1 + 0.5 * _smooth(rng, length, 1.5 * day))
    course = course + rng.uniform(0, 1, points) * _smooth(rng, length, day)
    steepness = rng.uniform(1, 6, points)
    steep = np.tanh(steepness * (course - 0.3)) / np.tanh(steepness)
    course = np.where(rng.random(points) < 0.5, steep, course)
    unrest = np.exp(rng.uniform(0, 2.3, points) * np.sin(angle + rng.uniform(-1, 1, points)))
    gusts = _smooth(rng, length, np.maximum(day / rng.uniform(30, 200, points), 2.0))
    course = course + _between(rng, 0.003, 0.12, points) * unrest * gusts
    noise = _between(rng, 0.0004, 0.05, points) * unrest * rng.normal(size=(length, points))
    return course + noise + _events(rng, length, points)


def _events(rng: Rng, length: int, points: int) -> Float64s:
    events = np.zeros((length, points))
    for point, often in enumerate(rng.choice([0.0, 0.3, 1.5], points)):
        for _ in range(rng.poisson(often * length / 1500)):
            start = rng.integers(length)
            age = np.arange(length - start)
            course = np.exp(-age / (3 * _between(rng, 3, 60))) * -np.expm1(-age / rng.uniform(0.3, 12))
            events[start:, point] += rng.choice([-1, 1]) * _between(rng, 0.05, 1.5) * course
    return events


def _fail(rng: Rng, values: Float64s, codes: Codes) -> None:
    noise = 1.5 * float(np.median(np.abs(np.diff(values))))
    kinds = rng.choice(list(FAULTS), size=rng.integers(1, 5), replace=False)
    start = int(rng.integers(60, 900))
    while start < len(values) - 30:
        end = min(start + int(_between(rng, 60, 700)), len(values))
        kind = int(rng.choice(kinds))
        jump = float(rng.choice([-1, 1]) * max(float(_between(rng, 1, 15)), 15 * noise))
        added, hit = FAULTS[kind](Onset(rng, values[start:end], jump, noise))
        values[start:end] += added
        codes[start:end] = np.where(hit, kind, 0)
        start = end + int(_between(rng, 40, 1500))


def _hold(rng: Rng, values: Float64s, codes: Codes) -> None:
    if rng.random() > 0.3:
        return
    for _ in range(rng.integers(1, 8)):
        start, length = int(rng.integers(len(values) - 50)), int(rng.integers(2, 50))
        values[start : start + length] = values[start]
        codes[start : start + length] = codes[start]


def _spikes(onset: Onset) -> Laid:
    rng, size = onset.rng, len(onset.values)
    hit = rng.random(size) < rng.choice([0.02, 0.08, 0.2, 0.35])
    return np.where(hit, onset.jump * rng.choice([1, 1, 1.5], size), 0.0), hit


def _noisy(onset: Onset) -> Laid:
    size = max(float(_between(onset.rng, 0.15, 4)), 8 * onset.noise)
    return size * onset.rng.normal(size=len(onset.values)), True


def _biased(onset: Onset) -> Laid:
    gain = onset.rng.uniform(-0.5, 1) if onset.rng.random() < 0.5 else 0.0
    return onset.jump + gain * (onset.values - onset.values[0]), True


def _drifting(onset: Onset) -> Laid:
    size = max(abs(onset.jump) * float(_between(onset.rng, 0.02, 0.35)), 5 * onset.noise)
    slope = onset.jump * onset.rng.uniform(0, 0.5) * np.linspace(0, 1, len(onset.values))
    return onset.jump + slope + size * onset.rng.normal(size=len(onset.values)), True


def _running_away(onset: Onset) -> Laid:
    age = np.arange(len(onset.values))
    course = (age / len(age)) ** (onset.rng.uniform(1, 2.2) - 1)
    return onset.jump * onset.rng.uniform(0.05, 0.3) * age * course, True


FAULTS: dict[int, Callable[[Onset], Laid]] = {
    RANDOM: _spikes,
    MALFUNCTION: _noisy,
    BIAS: _biased,
    DRIFT: _drifting,
    POLYNOMIAL: _running_away,
}
