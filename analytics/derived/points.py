"""Derived points: columns computed from measured ones, and readings of them for the stores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.frame import KindFrame
from analytics.layout import KindLayout
from analytics.truth import truth
from collector.reading import Float64s, Int32s, ReadingBatch, Source
from config.expression import Compiled, Windows, compile_expression


@dataclass(frozen=True)
class _Derived:
    name: str
    expression: Compiled
    guard: Compiled | None
    plausible: tuple[float, float] | None
    inputs: Int32s
    """Columns of the measured points behind it."""
    numbers: Int32s

    def values(self, frame: KindFrame, windows: Windows) -> Float64s:
        """float64[rows]; NaN where the guard is not true, or the result is not finite or not plausible."""
        result = self.expression.evaluate(frame.columns, windows).astype(np.float64)
        values = np.array(np.broadcast_to(result, (len(frame),)))
        values[~np.isfinite(values)] = np.nan
        if self.guard is not None:
            values[~truth(self.guard.evaluate(frame.columns, windows), len(frame))] = np.nan
        if self.plausible is not None:
            low, high = self.plausible
            values[(values < low) | (values > high)] = np.nan
        return values


class DerivedPoints:
    """The derived points of one kind."""

    def __init__(self, layout: KindLayout) -> None:
        self._points = [_compiled(layout, name, expression) for name, expression in layout.derived.items()]

    def add(self, frame: KindFrame, windows: Windows) -> None:
        """Compute every derived point and add it to the frame's columns."""
        for point in self._points:
            frame.columns[point.name] = point.values(frame, windows)

    def readings(self, frame: KindFrame, received_at: int) -> list[ReadingBatch]:
        """A reading of each derived point wherever something it hangs on was measured."""
        return [self._readings(point, frame, received_at) for point in self._points]

    @staticmethod
    def _readings(point: _Derived, frame: KindFrame, received_at: int) -> ReadingBatch:
        values = frame.columns[point.name]
        rows = np.flatnonzero(frame.fresh[point.inputs].any(axis=0) & np.isfinite(values))
        return ReadingBatch.of(
            point.numbers[frame.asset[rows]],
            frame.time[rows],
            values[rows],
            received_at=received_at,
            source=Source.DERIVED,
        )


def _compiled(layout: KindLayout, name: str, expression: Compiled) -> _Derived:
    derived = layout.kind.derived[name]
    inputs = layout.inputs(expression.names)
    return _Derived(
        name=name,
        expression=expression,
        guard=None if derived.when is None else compile_expression(derived.when, layout.names),
        plausible=derived.plausible,
        inputs=np.array(sorted(layout.column[i] for i in inputs), dtype=np.int32),
        numbers=layout.numbers(name),
    )
