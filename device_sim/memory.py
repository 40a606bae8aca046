"""What devices remember of what was: how long something has lasted, the last result, a flag that stays.

Columns are [T, N]; `last` [N] is what was remembered at the end of the stretch before, and the new one is
handed back for the next.
"""

from __future__ import annotations

import numpy as np

from device_sim.signals import Bools, Float64s


def stretch(flag: Bools, last: Float64s, step_s: float) -> tuple[Float64s, Float64s]:
    """Seconds for which the flag has been true without a break; 0 where it is not."""
    steps = np.arange(1, len(flag) + 1, dtype=np.float64)[:, np.newaxis]
    broken = np.maximum.accumulate(np.where(flag, 0.0, steps), axis=0)
    carried = np.where(broken == 0.0, last, 0.0)
    lasted = np.where(flag, carried + (steps - broken) * step_s, 0.0)
    return lasted, lasted[-1].copy()


def held(value: Float64s, take: Bools, last: Float64s) -> tuple[Float64s, Float64s]:
    """The value as it was when it was last taken."""
    rows = np.arange(len(take))[:, np.newaxis]
    taken = np.maximum.accumulate(np.where(take, rows, -1), axis=0)
    found = np.take_along_axis(value, np.maximum(taken, 0), axis=0)
    kept = np.where(taken >= 0, found, last)
    return kept, kept[-1].copy()


def latched(begin: Bools, end: Bools, last: Float64s) -> tuple[Bools, Float64s]:
    """A flag that stays from `begin` until `end`; `end` wins where both are true."""
    value, kept = held((begin & ~end).astype(np.float64), begin | end, last)
    return value > 0.5, kept
