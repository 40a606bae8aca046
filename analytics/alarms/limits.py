"""One alarm rule of a kind as rows of true, false and unknown, with each asset's own limit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from analytics.frame import KindFrame
from analytics.layout import KindLayout
from analytics.segments import Bools
from analytics.truth import truth
from collector.reading import Float64s, Int64s
from config.expression import Compiled, Windows, compile_expression
from config.kind import AlarmRule, Expression

_SAME = 1e-9


@dataclass(frozen=True)
class Verdict:
    """bool[rows] each: the condition begins or goes on; it ceases; nothing can be said."""

    on: Bools
    off: Bools
    unknown: Bools


class CompiledRule:
    """An alarm rule, ready to be asked for every row of a frame. Arrays run over the kind's assets (n)."""

    def __init__(self, layout: KindLayout, name: str, rule: AlarmRule) -> None:
        self.name, self.rule, self._layout = name, rule, layout
        self._overrides = [a.entry.alarms.get(name) for a in layout.assets]
        self._when = self._compiled(rule.when)
        self._enabled = self._compiled(rule.enabled_by)
        self._limit = None if rule.point is None else self._read_limit()
        self.disabled = np.array([o is not None and o.disabled for o in self._overrides])

    def _compiled(self, text: str | None) -> Compiled | None:
        return None if text is None else compile_expression(text, self._layout.names)

    def _read_limit(self) -> _Limit:
        side = (
            "above" if self.rule.above is not None else "below" if self.rule.below is not None else "equals"
        )
        own = getattr(self.rule, side)
        given = [getattr(o, side, None) if o is not None else None for o in self._overrides]
        return _Limit(self._layout, side, [own if g is None else g for g in given])

    @cached_property
    def names(self) -> frozenset[str]:
        """Points and derived points that the rule looks at."""
        found: set[str] = set() if self.rule.point is None else {self.rule.point}
        for part in (self._when, self._enabled):
            found |= part.names if part is not None else set()
        if self._limit is not None:
            found |= self._limit.names
        return frozenset(found - set(self._layout.kind.parameters))

    @cached_property
    def stands_ns(self) -> int:
        """For how long one reading of what it looks at stands."""
        columns = [self._layout.column[p] for p in self._layout.inputs(self.names)]
        return int(self._layout.intervals[columns].min()) if columns else 0

    def delays(self, which: str) -> Int64s:
        """int64[n]: `on_delay` or `off_delay` of every asset, ns."""
        own = getattr(self.rule, which)
        found = [getattr(o, which, None) if o is not None else None for o in self._overrides]
        return np.array([own if f is None else f for f in found], dtype=np.int64)

    @cached_property
    def _deadband(self) -> Float64s:
        found = [o.deadband if o is not None else None for o in self._overrides]
        return np.array([self.rule.deadband if f is None else f for f in found])

    def judge(self, frame: KindFrame, windows: Windows) -> Verdict:
        """What the rule says in every row."""
        verdict = (
            self._by_limit(frame, windows) if self._limit is not None else self._by_words(frame, windows)
        )
        if self._enabled is not None:
            verdict = self._if_enabled(verdict, self._enabled, frame, windows)
        if self.disabled.any():
            disabled = self.disabled[frame.asset]
            verdict = Verdict(verdict.on & ~disabled, verdict.off | disabled, verdict.unknown & ~disabled)
        return verdict

    def _by_limit(self, frame: KindFrame, windows: Windows) -> Verdict:
        assert self._limit is not None
        assert self.rule.point is not None
        value, limit = frame.columns[self.rule.point], self._limit.at(frame, windows)
        band = self._deadband[frame.asset]
        unknown = frame.unknown([self.rule.point]) | np.isnan(limit)
        if self._limit.side == "above":
            return Verdict(value > limit, value <= limit - band, unknown)
        if self._limit.side == "below":
            return Verdict(value < limit, value >= limit + band, unknown)
        away = np.abs(value - limit)
        return Verdict(away <= _SAME, away > np.maximum(band, _SAME), unknown)

    def _by_words(self, frame: KindFrame, windows: Windows) -> Verdict:
        assert self._when is not None
        on = truth(self._when.evaluate(frame.columns, windows), len(frame))
        unknown = ~on & self._unknown(self._when, frame)
        return Verdict(on, ~on & ~unknown, unknown)

    @staticmethod
    def _if_enabled(verdict: Verdict, enabled: Compiled, frame: KindFrame, windows: Windows) -> Verdict:
        active = truth(enabled.evaluate(frame.columns, windows), len(frame))
        unknown = ~active & CompiledRule._unknown(enabled, frame)
        off = (verdict.off & active) | (~active & ~unknown)
        return Verdict(verdict.on & active, off, (verdict.unknown & active) | unknown)

    @staticmethod
    def _unknown(expression: Compiled, frame: KindFrame) -> Bools:
        # Such an expression asks for what is not known, so not knowing is an answer.
        if "missing(" in expression.text:
            return np.zeros(len(frame), dtype=np.bool_)
        return frame.unknown(expression.names)

    def evidence(self, frame: KindFrame, windows: Windows, row: int) -> dict[str, Any]:
        """What was seen in a row: the values looked at and, if there is one, the limit."""
        found = self._words({name: float(frame.columns[name][row]) for name in sorted(self.names)})
        if self._limit is not None:
            found[self._limit.side] = float(self._limit.at(frame, windows)[row])
        return found

    def evidence_later(self, known: Callable[[str], float]) -> dict[str, Any]:
        """What was last known of the measured points, where a delay ran out without a new row."""
        points = sorted(self._layout.inputs(self.names))
        return self._words({name: known(name) for name in points})

    def _words(self, seen: dict[str, float]) -> dict[str, Any]:
        found: dict[str, Any] = {"values": {n: v for n, v in seen.items() if math.isfinite(v)}}
        if self.rule.point is not None:
            found["point"] = self.rule.point
        if self._when is not None:
            found["when"] = self._when.text
        return found


class _Limit:
    """A limit per asset: mostly a number, sometimes an expression."""

    def __init__(self, layout: KindLayout, side: str, given: list[Expression]) -> None:
        self.side = side
        self._numbers = np.array([g if not isinstance(g, str) else math.nan for g in given], dtype=np.float64)
        texts = sorted({g for g in given if isinstance(g, str)})
        self._words = [
            (compile_expression(text, layout.names), np.array([g == text for g in given])) for text in texts
        ]
        self.names = frozenset(name for expression, _ in self._words for name in expression.names)

    def at(self, frame: KindFrame, windows: Windows) -> Float64s:
        """float64[rows]."""
        limit = self._numbers[frame.asset]
        for expression, assets in self._words:
            limit = np.where(assets[frame.asset], expression.evaluate(frame.columns, windows), limit)
        return limit
