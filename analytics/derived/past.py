"""What every window function has: a memory of the recent past of each asset."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

import numpy.typing as npt

from analytics.derived.tails import Merged, Tail
from analytics.frame import KindFrame
from analytics.memory import State
from analytics.segments import Bools, Rows
from collector.reading import Float64s

WATCHED = 0.95
"""Totals and extremes need this share of their window to have been watched; before that they are NaN."""


class Track(Protocol):
    """One window function of one expression, with its memory."""

    def evaluate(self, frame: KindFrame, values: Float64s) -> Float64s:
        """The function at every row; afterwards the rows are part of the memory."""

    def save(self) -> State:
        """The memory, with one row per asset of the kind."""

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take saved memory back."""


class Past(ABC):
    """A track whose memory is a tail of rows with their values."""

    columns: ClassVar[tuple[str, ...]] = ()
    """What is kept beside the value."""
    sums: ClassVar[tuple[str, ...]] = ()
    """Those of the columns that are sums: only their differences count."""

    def __init__(self, assets: int, window_ns: int, hold_ns: int) -> None:
        """hold_ns: how long a value stands for what follows it, at most."""
        self.window_ns, self.hold_ns = window_ns, hold_ns
        self.tail = Tail(assets, window_ns, ["value", *self.columns, *self.sums])

    def evaluate(self, frame: KindFrame, values: Float64s) -> Float64s:
        """See `Track`."""
        merged = self.tail.merge(frame)
        merged.columns["value"][merged.new] = values
        self._prepare(merged, frame)
        start = merged.knot_at(merged.new, self.window_ns)
        result = self._answer(merged, start)
        self._thin(merged)
        self.tail.keep(frame.present, merged, self.sums)
        return result

    def _prepare(self, merged: Merged, frame: KindFrame) -> None:  # noqa: B027 - most have nothing to add
        """Fill the columns of the new rows."""

    @abstractmethod
    def _answer(self, merged: Merged, start: Rows) -> Float64s:
        """The function at every new row; `start`: the last row before each one's window."""

    def _thin(self, merged: Merged) -> None:  # noqa: B027 - most have nothing to add
        """Give knots what the rows between them leave behind."""

    def _watched(self, merged: Merged, start: Rows, share: float) -> Bools:
        """Whether that share of the window has been watched at every new row."""
        enough: Bools = merged.time[merged.new] - merged.time[start] >= share * self.window_ns
        return enough

    def save(self) -> State:
        """See `Track`."""
        return self.tail.save()

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """See `Track`."""
        self.tail.restore(saved)
