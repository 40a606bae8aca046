"""A zone's history on equal steps, as its model reads it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from collector.reading import Float64s

DAY_S = 86_400.0
MODEL_STEP_S = 900.0


class UnusableHistoryError(Exception):
    """The history cannot teach a model; the message says what is missing."""


@dataclass(frozen=True)
class ZoneData:
    """Equal steps [N]: seconds, indoor and outdoor °C, heat W of the step, solar W/m² where measured."""

    times: Float64s
    indoor: Float64s
    outdoor: Float64s
    heat: Float64s
    solar: Float64s | None = None

    @property
    def step(self) -> float:
        """Seconds between two samples."""
        return float(self.times[1] - self.times[0])

    @property
    def day(self) -> int:
        """Samples in 24 h."""
        return round(DAY_S / self.step)

    def __len__(self) -> int:
        return len(self.times)

    def part(self, end: int, begin: int = 0) -> ZoneData:
        """Samples `begin` to `end`, without the last."""
        at = slice(begin, end)
        sun = None if self.solar is None else self.solar[at]
        return ZoneData(self.times[at], self.indoor[at], self.outdoor[at], self.heat[at], sun)


def on_equal_steps(raw: ZoneData) -> ZoneData:
    """The history on steps of 15 min, or a little less where its own do not divide them; gaps are bridged.

    Heat and sun are means of a step, temperatures values at its beginning. Raises UnusableHistoryError.
    """
    keep = np.isfinite(raw.times)
    if np.count_nonzero(keep) < 3 or not np.isfinite(raw.indoor).any():
        raise UnusableHistoryError("give at least a day of times and indoor temperatures")
    times = raw.times[keep]
    own = float(np.median(np.diff(times)))
    step = own * max(1, int(MODEL_STEP_S // own))
    grid = np.arange(times[0], times[-1] + step / 2, step)

    def value(column: Float64s) -> Float64s:
        known = np.isfinite(column[keep])
        return np.interp(grid, times[known], column[keep][known])

    def mean(column: Float64s) -> Float64s:
        slot = np.clip(((times - times[0]) // step).astype(np.int64), 0, len(grid) - 1)
        known = np.isfinite(column[keep])
        count = np.bincount(slot[known], minlength=len(grid))
        total = np.bincount(slot[known], column[keep][known], minlength=len(grid))
        return np.where(count > 0, total / np.maximum(count, 1), value(column))

    sun = None if raw.solar is None else mean(raw.solar)
    return ZoneData(grid, value(raw.indoor), value(raw.outdoor), mean(raw.heat), sun)
