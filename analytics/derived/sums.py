"""Window functions that are differences of sums. A value counts from its row to the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, NamedTuple

import numpy as np

from analytics import segments
from analytics.derived.past import WATCHED, Past
from analytics.derived.tails import Merged
from analytics.frame import KindFrame
from analytics.segments import Rows
from collector.reading import Float64s
from config.clock import HOUR, SECOND

KNOWN = 0.5
"""An average needs this share of its window to be known; before that it is NaN."""


class Steps(NamedTuple):
    """What happened from the row before to a row. seconds: time between, no longer than a value holds."""

    before: Float64s
    now: Float64s
    seconds: Float64s


Growth = Callable[[Steps], Float64s]
Slope = Callable[[Float64s], Float64s]


class Grown(NamedTuple):
    """A sum that grows from row to row: by how much, and how fast after a row (per second)."""

    growth: Growth
    slope: Slope


def _over_time(rate: Slope) -> Grown:
    return Grown(lambda step: rate(step.before) * step.seconds, rate)


def _at_rows(growth: Growth) -> Grown:
    return Grown(growth, np.zeros_like)


def _positive(value: Float64s) -> Float64s:
    return (value > 0).astype(np.float64)


_KNOWN = _over_time(lambda value: np.isfinite(value).astype(np.float64))
_VALUE = _over_time(lambda value: np.nan_to_num(value, nan=0.0))
_SQUARE = _over_time(lambda value: np.nan_to_num(value, nan=0.0) ** 2)
_TRUE = _over_time(_positive)
_STARTS = _at_rows(lambda step: ((step.now > 0) & (step.before <= 0)).astype(np.float64))
_INCREASE = _at_rows(lambda step: np.fmax(np.nan_to_num(step.now - step.before, nan=0.0), 0.0))


class Summed(Past):
    """Differences of sums between a row and its window's start."""

    grown: ClassVar[Mapping[str, Grown]]
    holds: ClassVar[bool] = False
    """Whether a missing value stands for the last one known."""

    def _prepare(self, merged: Merged, frame: KindFrame) -> None:
        value = merged.columns["value"]
        if self.holds:
            value[:] = _filled(value, merged.begins)
        new, before = merged.new, merged.before_new
        waited = np.minimum(merged.time[new] - merged.time[before], self.hold_ns)
        steps = Steps(value[before], value[new], waited / SECOND)
        first = merged.new[frame.begins]
        for name, grown in self.grown.items():
            column = merged.columns[name]
            so_far = np.where(first > merged.begins, column[first - 1], 0.0)
            column[new] = segments.running_sum(grown.growth(steps), frame.begins, so_far)

    def _total(self, merged: Merged, start: Rows, name: str) -> Float64s:
        column, grown = merged.columns[name], self.grown[name]
        beyond = merged.time[merged.new] - self.window_ns - merged.time[start]
        after_start = np.clip(beyond, 0, self.hold_ns) / SECOND
        at_start = column[start] + grown.slope(merged.columns["value"][start]) * after_start
        total: Float64s = column[merged.new] - at_start
        return total

    def _unless_new(self, merged: Merged, start: Rows, total: Float64s) -> Float64s:
        return np.where(self._watched(merged, start, WATCHED), total, np.nan)


class Mean(Summed):
    """Mean over time."""

    grown: ClassVar[Mapping[str, Grown]] = {"known": _KNOWN, "sum": _VALUE}
    sums = tuple(grown)

    def _answer(self, merged: Merged, start: Rows) -> Float64s:
        known = self._total(merged, start, "known")
        enough = known >= KNOWN * self.window_ns / SECOND
        return np.where(enough, self._total(merged, start, "sum") / np.where(enough, known, 1.0), np.nan)


class Deviation(Mean):
    """Standard deviation over time."""

    grown: ClassVar[Mapping[str, Grown]] = {"known": _KNOWN, "sum": _VALUE, "square": _SQUARE}
    sums = tuple(grown)

    def _answer(self, merged: Merged, start: Rows) -> Float64s:
        mean = super()._answer(merged, start)
        known = np.where(np.isnan(mean), 1.0, self._total(merged, start, "known"))
        variance = self._total(merged, start, "square") / known - mean**2
        return np.sqrt(np.maximum(variance, 0.0))


class HoursTrue(Summed):
    """Hours during which the value was above 0."""

    grown: ClassVar[Mapping[str, Grown]] = {"true": _TRUE}
    sums = tuple(grown)

    def _answer(self, merged: Merged, start: Rows) -> Float64s:
        return self._unless_new(merged, start, self._total(merged, start, "true") * SECOND / HOUR)


class Starts(Summed):
    """How often the value went from 0 to above 0."""

    grown: ClassVar[Mapping[str, Grown]] = {"starts": _STARTS}
    sums = tuple(grown)
    holds = True

    def _answer(self, merged: Merged, start: Rows) -> Float64s:
        return self._unless_new(merged, start, self._total(merged, start, "starts"))


class Increase(Summed):
    """By how much a counter has grown; where it falls it was reset, which counts as nothing."""

    grown: ClassVar[Mapping[str, Grown]] = {"grown": _INCREASE}
    sums = tuple(grown)
    holds = True

    def _answer(self, merged: Merged, start: Rows) -> Float64s:
        return self._unless_new(merged, start, self._total(merged, start, "grown"))


def _filled(value: Float64s, begins: Rows) -> Float64s:
    mark = np.isfinite(value)
    mark[begins] = True
    return value[segments.last_where(mark)]
