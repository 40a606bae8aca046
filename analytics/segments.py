"""Runs of rows that belong together, computed at once over all runs: no loop over rows, none over runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s, Int64s

Rows = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]
_ROOM = 1 << 62


def starts(ids: npt.NDArray[np.integer]) -> Rows:
    """Where each run of equal ids begins (empty for no rows)."""
    if len(ids) == 0:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))


def lengths(begins: Rows, size: int) -> Rows:
    """How long each run is, of `size` rows in all."""
    return np.diff(begins, append=size)


def running_max(values: Int64s, run: npt.NDArray[np.integer]) -> Int64s:
    """The highest value so far within each run; `run` numbers the runs, rising."""
    if len(values) == 0:
        return values
    low = int(values.min())
    span = int(values.max()) - low + 1
    if (int(run[-1]) + 1) * span < _ROOM:
        lifted = (values - low) + run * np.int64(span)
        highest: Int64s = np.maximum.accumulate(lifted) - run * np.int64(span) + low
        return highest
    begins = starts(run)
    parts = np.split(values, begins[1:])
    return np.concatenate([np.maximum.accumulate(part) for part in parts])


def running_sum(values: Float64s, begins: Rows, before: Float64s) -> Float64s:
    """The sum so far within each run, from `before` (one per run) on."""
    total = np.cumsum(values)
    offset = before - (total[begins] - values[begins])
    return total + np.repeat(offset, lengths(begins, len(values)))


def last_where(mask: Bools) -> Rows:
    """For every place (along the last axis) the latest place up to it where the mask is true.

    Where there is none before, 0: mark the first place of every run to keep runs apart.
    """
    places = np.arange(mask.shape[-1], dtype=np.int32)
    return np.maximum.accumulate(np.where(mask, places, np.int32(0)), axis=-1)


def take(values: npt.NDArray[Any], places: Rows) -> npt.NDArray[Any]:
    """`values` at `places` along the last axis."""
    return np.take_along_axis(values, places, axis=-1)
