"""Answers the window functions of a kind's expressions and remembers what they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.derived.looks import Change, Maximum, Minimum, SinceTrue
from analytics.derived.past import Track
from analytics.derived.sums import Deviation, HoursTrue, Increase, Mean, Starts
from analytics.frame import KindFrame
from analytics.layout import SILENT_INTERVALS, KindLayout
from analytics.memory import State
from config.clock import HOUR
from config.expression import Column

TRACKS: dict[str, Callable[[int, int, int], Track]] = {
    "mean": Mean,
    "minimum": Minimum,
    "maximum": Maximum,
    "change": Change,
    "starts": Starts,
    "hours_true": HoursTrue,
    "increase": Increase,
    "deviation": Deviation,
    "since_true": SinceTrue,
}


class WindowMemory:
    """The memory of all window calls of one kind; a call written twice is computed once."""

    def __init__(self, layout: KindLayout) -> None:
        self._assets = len(layout.assets)
        # A value stands until the next one, but not over an outage of its device.
        self._hold_ns = max(HOUR, SILENT_INTERVALS * int(layout.intervals.max()))
        self._tracks: dict[str, Track] = {}
        self._saved: dict[str, dict[str, npt.NDArray[Any]]] = {}

    def over(self, frame: KindFrame) -> FrameWindows:
        """Window functions for the rows of this frame; ask through one object per frame only."""
        return FrameWindows(self, frame)

    def track(self, function: str, window_ns: int, key: str) -> Track:
        """The memory of one call."""
        if key not in self._tracks:
            self._tracks[key] = TRACKS[function](self._assets, window_ns, self._hold_ns)
            if key in self._saved:
                self._tracks[key].restore(self._saved.pop(key))
        return self._tracks[key]

    def save(self) -> State:
        """Arrays by `call|name`, one row per asset."""
        tracks = self._saved | {key: track.save() for key, track in self._tracks.items()}
        return {f"{key}|{name}": array for key, saved in tracks.items() for name, array in saved.items()}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take memory back; each call finds its own when it is next made."""
        for name, array in saved.items():
            key, _, part = name.rpartition("|")
            self._saved.setdefault(key, {})[part] = array


class FrameWindows:
    """`config.expression.Windows` for one frame."""

    def __init__(self, memory: WindowMemory, frame: KindFrame) -> None:
        self._memory, self._frame = memory, frame
        self._answers: dict[str, Column] = {}

    def window(self, function: str, values: Column, window_ns: int, key: str) -> Column:
        """The function over the trailing window at every row."""
        if key not in self._answers:
            rows = np.broadcast_to(np.asarray(values, dtype=np.float64), (len(self._frame),))
            self._answers[key] = self._memory.track(function, window_ns, key).evaluate(self._frame, rows)
        return self._answers[key]
