"""Trailing windows over the rows of a history: at every row only what was known then."""

from __future__ import annotations

import numpy as np

from collector.reading import Float64s


def trailing_mean(values: Float64s, window: int) -> Float64s:
    """Mean of the last `window` rows (fewer at the start); float64[rows, channels]."""
    sums, count = _sums(values, window)
    return sums / count[:, None]


def trailing_slope(values: Float64s, window: int, *, patience: bool = True) -> Float64s:
    """Least-squares slope per row over the last `window` rows; 0 for a single row.

    With patience a window that is not full yet counts less, in proportion to its length.
    """
    place = np.arange(len(values), dtype=np.float64)
    sums, count = _sums(values, window)
    moments, _ = _sums(values * place[:, None], window)
    centre = place - (count - 1) / 2
    square = np.where(count > 1, count * (count**2 - 1) / 12, 1.0)
    slope: Float64s = (moments - centre[:, None] * sums) / square[:, None]
    return slope * np.minimum(count / window, 1.0)[:, None] if patience else slope


def _sums(values: Float64s, window: int) -> tuple[Float64s, Float64s]:
    total = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])
    end = np.arange(1, len(values) + 1)
    start = np.maximum(end - window, 0)
    return total[end] - total[start], (end - start).astype(np.float64)
