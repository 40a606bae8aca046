"""From scores to statements: an alarm that does not flutter, a change that is said once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from collector.reading import Int64s

Bools = npt.NDArray[np.bool_]


def held(raised: Bools, time: Int64s, off_delay_ns: int) -> Bools:
    """Off-delay (ISA-18.2) of one point's readings sorted by time: on until not raised for that long."""
    last = np.maximum.accumulate(np.where(raised, time, np.iinfo(np.int64).min // 2))
    return time - last <= off_delay_ns


def once(raised: Bools, time: Int64s, apart_ns: int) -> Bools:
    """Of raised readings, those at least `apart_ns` after the last one that was kept."""
    kept = np.zeros(len(raised), dtype=np.bool_)
    last: int | None = None
    for at in np.flatnonzero(raised):
        if last is None or time[at] - last >= apart_ns:
            kept[at], last = True, int(time[at])
    return kept
