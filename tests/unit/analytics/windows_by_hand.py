"""Window functions written the slow and obvious way, to check the fast ones against."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

HOUR_S = 3600.0


class Trace:
    """One asset's rows: seconds, values (NaN: unknown). A value holds until the next, `hold` at most."""

    def __init__(self, times: Sequence[float], values: Sequence[float], hold: float) -> None:
        self.times, self.values, self.hold = list(times), list(values), hold

    def pieces(self, start: float, end: float) -> list[tuple[float, float]]:
        """(seconds, value) stretches within start … end."""
        found = []
        for i, (time, value) in enumerate(zip(self.times, self.values, strict=True)):
            following = self.times[i + 1] if i + 1 < len(self.times) else math.inf
            begin, finish = max(time, start), min(following, time + self.hold, end)
            if finish > begin:
                found.append((finish - begin, value))
        return found

    def upto(self, row: int) -> Trace:
        return Trace(self.times[: row + 1], self.values[: row + 1], self.hold)

    def before(self, start: float) -> int | None:
        """The last row not after `start`."""
        rows = [i for i, time in enumerate(self.times) if time <= start]
        return rows[-1] if rows else None

    def filled(self) -> list[float]:
        """Missing values stand for the last one known."""
        result: list[float] = []
        for value in self.values:
            result.append(result[-1] if math.isnan(value) and result else value)
        return result


def _known(trace: Trace, start: float) -> list[tuple[float, float]]:
    return [(s, v) for s, v in trace.pieces(start, trace.times[-1]) if not math.isnan(v)]


def mean(trace: Trace, window: float) -> float:
    pieces = _known(trace, trace.times[-1] - window)
    known = sum(s for s, _ in pieces)
    return sum(s * v for s, v in pieces) / known if known >= window / 2 else math.nan


def deviation(trace: Trace, window: float) -> float:
    centre = mean(trace, window)
    pieces = _known(trace, trace.times[-1] - window)
    if math.isnan(centre):
        return centre
    return math.sqrt(sum(s * (v - centre) ** 2 for s, v in pieces) / sum(s for s, _ in pieces))


def _watched(trace: Trace, window: float) -> bool:
    first = trace.before(trace.times[-1] - window)
    return first is not None or trace.times[-1] - trace.times[0] >= 0.95 * window


def hours_true(trace: Trace, window: float) -> float:
    pieces = trace.pieces(trace.times[-1] - window, trace.times[-1])
    return sum(s for s, v in pieces if v > 0) / HOUR_S if _watched(trace, window) else math.nan


def _steps(trace: Trace, window: float) -> list[tuple[float, float]]:
    filled = trace.filled()
    first = trace.before(trace.times[-1] - window) or 0
    return list(zip(filled[first:], filled[first + 1 :], strict=False))


def starts(trace: Trace, window: float) -> float:
    return sum(a <= 0 < b for a, b in _steps(trace, window)) if _watched(trace, window) else math.nan


def increase(trace: Trace, window: float) -> float:
    grown = [b - a for a, b in _steps(trace, window) if b > a]
    return sum(grown) if _watched(trace, window) else math.nan


def change(trace: Trace, window: float) -> float:
    first = trace.before(trace.times[-1] - window)
    return math.nan if first is None else trace.values[-1] - trace.values[first]


def _span(trace: Trace, window: float) -> list[float]:
    first = trace.before(trace.times[-1] - window) or 0
    return [v for v in trace.values[first:] if not math.isnan(v)] if _watched(trace, window) else []


def minimum(trace: Trace, window: float) -> float:
    return min(_span(trace, window), default=math.nan)


def maximum(trace: Trace, window: float) -> float:
    return max(_span(trace, window), default=math.nan)


def since_true(trace: Trace, window: float) -> float:
    true = [t for t, v in zip(trace.times, trace.values, strict=True) if v > 0]
    return min(trace.times[-1] - true[-1], window) if true else window


BY_HAND: dict[str, Callable[[Trace, float], float]] = {
    f.__name__: f
    for f in (mean, deviation, hours_true, starts, increase, change, minimum, maximum, since_true)
}


def every_row(function: str, trace: Trace, window: float) -> np.ndarray:
    """The function at every row of a trace."""
    return np.array([BY_HAND[function](trace.upto(row), window) for row in range(len(trace.times))])
