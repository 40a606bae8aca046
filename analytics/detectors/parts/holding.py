"""From scores to statements: an alarm that does not flutter, a change that is said once."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s, Int64s

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


def peaks(scores: Float64s, window: int) -> Float64s:
    """Scores that exceed all of the `window` scores before them; 0 elsewhere: an event is said once."""
    before = np.full(len(scores), -np.inf)
    recent: deque[int] = deque()
    for at, score in enumerate(scores):
        while recent and recent[0] < at - window:
            recent.popleft()
        if recent:
            before[at] = scores[recent[0]]
        while recent and scores[recent[-1]] <= score:
            recent.pop()
        recent.append(at)
    return np.where(scores > before, scores, 0.0)
