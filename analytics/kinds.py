"""Everything that follows readings of one kind, in its order: frame, derived points, conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy.typing as npt

from analytics.alarms.changes import ConditionChange
from analytics.alarms.conditions import KindConditions
from analytics.arrivals import Arrivals
from analytics.derived.points import DerivedPoints
from analytics.derived.windows import FrameWindows, WindowMemory
from analytics.frame import FrameBuilder, KindFrame
from analytics.layout import KindLayout
from analytics.memory import Remembers, State, restore_parts, save_parts


class Framed(NamedTuple):
    """A kind's frame with its derived columns, and the windows to ask for more."""

    frame: KindFrame
    windows: FrameWindows


class KindPipeline:
    """One kind's part of the pipeline, with its memory."""

    def __init__(self, layout: KindLayout) -> None:
        self.layout = layout
        self._builder = FrameBuilder(layout)
        self._windows = WindowMemory(layout)
        self.derived = DerivedPoints(layout)
        self.conditions = KindConditions(layout, self._builder.known)

    def frame(self, arrived: Arrivals, now_ns: int) -> Framed | None:
        """The frame of what arrived, derived points included; None if nothing counts."""
        first = self.layout.first_slot
        frame = self._builder.build(arrived.between(first, first + len(self.layout.assets)), now_ns)
        if frame is None:
            return None
        windows = self._windows.over(frame)
        self.derived.add(frame, windows)
        return Framed(frame, windows)

    def judge(self, framed: Framed) -> list[ConditionChange]:
        """Which conditions changed."""
        return self.conditions.judge(framed.frame, framed.windows)

    def save(self) -> State:
        """`part/what`, one row per asset of the kind."""
        return save_parts(self._parts)

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take it back."""
        restore_parts(self._parts, saved)

    @property
    def _parts(self) -> dict[str, Remembers]:
        return {"frame": self._builder, "windows": self._windows, "conditions": self.conditions}
