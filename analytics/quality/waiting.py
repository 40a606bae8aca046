"""How long each of many series (points, devices) has not been heard, and whether that is too long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from analytics import segments
from analytics.filling import LONGEST_PACE, NEVER
from analytics.layout import SILENT_INTERVALS
from analytics.memory import State
from analytics.segments import Bools, Rows
from collector.reading import Int64s

UNSET = 1 << 62


class Gap(NamedTuple):
    """A silence that is over. raised: when it became too long (UTC ns); told: whether that was said."""

    series: int
    raised: int
    until: int
    told: bool


class Waiting:
    """Series with their limits of silence (int64[n], ns)."""

    def __init__(self, silent_after: Int64s) -> None:
        size = len(silent_after)
        self.silent_after = silent_after
        self.heard = np.full(size, NEVER, dtype=np.int64)
        self.began = np.full(size, UNSET, dtype=np.int64)
        """When waiting for the first reading began."""
        self.pace = np.full(size, LONGEST_PACE, dtype=np.int64)
        self.silent = np.zeros(size, dtype=np.bool_)
        self.floor = NEVER
        """Nobody could be heard before this (UTC ns): waiting begins here at the earliest."""

    def limit(self, pace: Int64s, series: Rows | slice = slice(None)) -> Int64s:
        """The longest silence that is normal; a series that comes slower than configured gets more time."""
        longest: Int64s = np.maximum(
            self.silent_after[series], np.minimum(SILENT_INTERVALS * pace, LONGEST_PACE)
        )
        return longest

    def hear(self, series: Rows, time: Int64s) -> list[Gap]:
        """Take in when series were heard; answers the silences that ended thereby."""
        order = np.lexsort((time, series))
        series, time = series[order], time[order]
        self.began[self.began == UNSET] = time.min()
        first = np.concatenate(([True], (series[1:] != series[:-1]) | (time[1:] != time[:-1])))
        keep = first & (time > self.heard[series])
        series, time = series[keep], time[keep]
        if len(series) == 0:
            return []
        begins = segments.starts(series)
        before, pace = np.roll(time, 1), np.empty_like(time)
        before[begins] = self.heard[series[begins]]
        waited = np.where(before == NEVER, 0, time - before)
        pace[1:], pace[begins] = waited[:-1], self.pace[series[begins]]
        raised = np.maximum(before, self.floor) + self.limit(pace, series)
        told = np.zeros(len(series), dtype=np.bool_)
        told[begins] = self.silent[series[begins]]
        over = np.flatnonzero(((before != NEVER) & (time > raised)) | told)
        ends = np.append(begins[1:], len(series)) - 1
        self.heard[series[ends]], self.silent[series[ends]] = time[ends], False
        self.pace[series[ends]] = np.where(before[ends] == NEVER, LONGEST_PACE, waited[ends])
        return [Gap(int(series[i]), int(raised[i]), int(time[i]), bool(told[i])) for i in over]

    def overdue(self, now_ns: int) -> tuple[Bools, Int64s]:
        """Which series are silent too long by now without having been told of, and since when (UTC ns)."""
        heard = np.where(self.heard == NEVER, self.began, self.heard)
        since = np.maximum(heard, self.floor) + self.limit(self.pace)
        return (since < now_ns) & ~self.silent, since

    def save(self) -> State:
        """Everything remembered, one row per series."""
        return {"heard": self.heard, "began": self.began, "pace": self.pace, "silent": self.silent}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take it back."""
        self.heard, self.began = saved["heard"].copy(), saved["began"].copy()
        self.pace, self.silent = saved["pace"].copy(), saved["silent"].copy()
