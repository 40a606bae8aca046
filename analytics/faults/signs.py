"""Which signs of faults are seen in a frame, and which were seen a moment ago."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics import segments
from analytics.faults.drift import CreepingSigns
from analytics.faults.models import CREEPING, UNKNOWN, Signs
from analytics.filling import NEVER
from analytics.frame import KindFrame
from analytics.kinds import Framed
from analytics.layout import KindLayout
from analytics.memory import State, restore_parts, save_parts
from analytics.segments import Bools
from analytics.truth import truth
from collector.reading import Int64s
from config.clock import MINUTE
from config.expression import compile_expression

HOLD = 30 * MINUTE
"""A sign that was seen counts for so long: a sudden drop is over before its alarm is up."""


class KindSigns:
    """The signs of one kind with their memory: when each was last seen on each asset (n, s)."""

    def __init__(self, layout: KindLayout, signs: tuple[str, ...]) -> None:
        self._signs = [compile_expression(text, layout.names) for text in signs]
        self._parameters = frozenset(layout.kind.parameters)
        self._creeping = CreepingSigns(layout, signs)
        self.last = np.full((len(layout.assets), len(signs)), NEVER, dtype=np.int64)
        self.now: Signs = np.full((len(signs), len(layout.assets)), UNKNOWN, dtype=np.int8)

    def look(self, framed: Framed) -> Signs:
        """int8[s, rows]; the last row of every asset is remembered."""
        frame = framed.frame
        found = np.empty((len(self._signs), len(frame)), dtype=np.int8)
        for place, sign in enumerate(self._signs):
            seen = truth(sign.evaluate(frame.columns, framed.windows), len(frame))
            held = self._held(place, frame, seen)
            unknown = frame.unknown(sign.names - self._parameters) & ~held
            found[place] = np.where(unknown, UNKNOWN, held)
        found[self._creeping.look(framed)] = CREEPING
        self.now[:, frame.present] = found[:, frame.ends]
        return found

    def _held(self, place: int, frame: KindFrame, seen: Bools) -> Bools:
        wide = frame.wide
        time = np.empty(wide.size, dtype=np.int64)
        mark = np.ones(wide.size, dtype=np.bool_)
        time[wide.place], time[wide.carry] = frame.time, self.last[frame.present, place]
        mark[wide.place] = seen
        latest: Int64s = time[segments.last_where(mark)]
        self.last[frame.present, place] = latest[wide.ends]
        held: Bools = frame.time <= latest[wide.place] + HOLD
        return held

    def save(self) -> State:
        """One row per asset."""
        creeping = save_parts({"creeping": self._creeping})
        return {"last": self.last, "now": self.now.T, **creeping}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take it back."""
        self.last, self.now = saved["last"].copy(), saved["now"].T.copy()
        restore_parts({"creeping": self._creeping}, saved)
