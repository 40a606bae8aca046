"""Small vectorised building blocks of behaviours: lag, cycling, totals, smooth random swings.

Arrays are [T, N]: T equal time steps by N assets. What must be remembered between stretches is handed
in as an array [N] and the new one handed back.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

Float64s = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def lag(target: Float64s, last: Float64s, step_s: float, tau_s: float) -> tuple[Float64s, Float64s]:
    """First-order response to `target` [T, N] from `last` [N], exact for steps held constant.

    Returns the response [T, N] and its last row [N]. `tau_s` is the time constant in seconds.
    """
    keep = float(np.exp(-step_s / tau_s))
    response, _ = lfilter([1.0 - keep], [1.0, -keep], target, axis=0, zi=keep * last[np.newaxis, :])
    return response, response[-1].copy()


def cycle(
    duty: Float64s, period_s: Float64s, phase: Float64s, step_s: float
) -> tuple[Bools, Float64s, Float64s, Float64s]:
    """On-off cycling: on for the first `duty` (0..1) of every period.

    Returns on [T, N], the starts within each step [T, N], the position within the period [T, N] (0..1)
    and the last phase [N]. Periods shorter than a step still count; with duty 0 or 1 the phase rests.
    """
    moving = (duty > 0.0) & (duty < 1.0)
    moves = np.where(moving, step_s / np.maximum(period_s, 1.0), 0.0)
    phases = phase + np.cumsum(moves, axis=0)
    position = phases % 1.0
    on = np.where(moving, position < duty, duty >= 1.0)
    before = np.vstack([phase[np.newaxis, :], phases[:-1]])
    starts = np.where(moving, np.floor(phases) - np.floor(before), 0.0)
    edges = np.diff(on.astype(np.float64), axis=0, prepend=on[:1])
    return on, np.maximum(starts, edges), position, phases[-1] % 1.0


def total(increments: Float64s, last: Float64s) -> tuple[Float64s, Float64s]:
    """A counter [T, N] that grows from `last` [N] by `increments` [T, N], and its last row."""
    counts = last + np.cumsum(increments, axis=0)
    return counts, counts[-1].copy()


def hold(values: Float64s, stuck: Bools, last: Float64s) -> tuple[Float64s, Float64s]:
    """The values [T, N]; where `stuck`, those of the last row that was not (`last` [N] before the first)."""
    rows = np.arange(1, len(values) + 1)[:, np.newaxis]
    free = np.maximum.accumulate(np.where(stuck, 0, rows), axis=0)
    held = np.take_along_axis(np.vstack([last[np.newaxis, :], values]), free, axis=0)
    return held, held[-1].copy()


class Swings:
    """A smooth random quantity around 0 with standard deviation 1, known at any time without memory.

    A sum of sines with seeded phases and periods between the two given (in seconds).
    """

    def __init__(self, rng: np.random.Generator, shortest_s: float, longest_s: float, waves: int = 9) -> None:
        self._turns = 2e-9 * np.pi / np.geomspace(shortest_s, longest_s, waves)
        self._turns *= rng.uniform(0.93, 1.07, waves)
        self._phases = rng.uniform(0.0, 2.0 * np.pi, waves)
        self._scale = np.sqrt(2.0 / waves)

    def at(self, times: npt.NDArray[np.int64]) -> Float64s:
        """The value at each time [T] (UTC nanoseconds)."""
        angles = np.multiply.outer(times.astype(np.float64), self._turns) + self._phases
        summed: Float64s = np.sin(angles).sum(axis=1) * self._scale
        return summed
