"""A sensor whose values cannot be, for minutes on end, raises an alarm of its own; its limits see nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics import segments
from analytics.alarms.builtin import BAD_DATA
from analytics.alarms.changes import ConditionChange
from analytics.alarms.latch import Latch, LatchRows
from analytics.arrivals import Arrivals
from analytics.filling import Wide
from analytics.layout import Layout
from analytics.memory import State
from config.clock import MINUTE, SECOND
from config.plant import Plant

BAD_FOR = 5 * MINUTE
GOOD_FOR = 60 * SECOND


class Plausible:
    """Watches measured points for readings that intake marked as bad."""

    def __init__(self, plant: Plant, layout: Layout) -> None:
        self._points = [p for p in plant.points.values() if not p.derived]
        self._row = np.full(len(layout.slot), -1, dtype=np.int32)
        self._row[[p.number for p in self._points]] = np.arange(len(self._points))
        shape = (1, len(self._points))
        self._latch = Latch(np.full(shape, BAD_FOR), np.full(shape, GOOD_FOR), np.zeros(1, dtype=np.int64))
        self._names = np.array([p.id for p in self._points], dtype=np.str_)

    def look(self, arrived: Arrivals) -> list[ConditionChange]:
        """What changed with these readings."""
        bad = np.isnan(arrived.value)
        watched = (self._latch.raw | self._latch.held)[0]
        if not bad.any() and not watched.any():
            return []
        row = self._row[arrived.point]
        watched[row[bad]] = True
        chosen = np.flatnonzero(watched[row])
        chosen = chosen[np.argsort(row[chosen], kind="stable")]
        if len(chosen) == 0:
            return []
        rows = self._rows(row[chosen], arrived.time[chosen])
        on = bad[chosen][None]
        flips = self._latch.advance(rows, on, ~on, np.zeros_like(on))
        return [
            self._change(int(row), int(at), active=bool(active))
            for some in flips
            for row, at, active in zip(some.series, some.at, some.active, strict=True)
        ]

    def _rows(self, series: npt.NDArray[np.int32], time: npt.NDArray[np.int64]) -> LatchRows:
        begins = segments.starts(series)
        run = np.repeat(np.arange(len(begins)), segments.lengths(begins, len(series)))
        time = segments.running_max(np.maximum(time, self._latch.last[series]), run)
        return LatchRows(Wide.of(begins, run), series[begins], run, time, time, time[begins])

    def _change(self, row: int, at: int, *, active: bool) -> ConditionChange:
        point = self._points[row]
        seen = {"point": point.name, "plausible": list(point.plausible)} if active else {}
        return ConditionChange(at, point.asset, f"{BAD_DATA.name}.{point.name}", active, seen)

    def hold_as(self, active: Iterable[tuple[str, str]]) -> None:
        """Take (asset, rule) pairs for what is bad, whatever was remembered."""
        told = set(active)
        held = [(p.asset, f"{BAD_DATA.name}.{p.name}") in told for p in self._points]
        self._latch.hold_as(np.array([held], dtype=np.bool_))

    def save(self) -> State:
        """Everything remembered, with the points it belongs to."""
        return {**self._latch.save(), "points": self._names}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take it back for points that are still there."""
        old = {name: i for i, name in enumerate(saved["points"].tolist())}
        here = [(i, old[n]) for i, n in enumerate(self._names.tolist()) if n in old]
        mine, theirs = np.array(here, dtype=np.intp).reshape(-1, 2).T
        fresh = {what: array.copy() for what, array in self._latch.save().items()}
        for what, array in fresh.items():
            array[mine] = saved[what][theirs]
        self._latch.restore(fresh)
