"""How far a sign is from being seen: the distance between its two sides, as a number that can creep."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analytics.frame import KindFrame
from analytics.truth import truth
from collector.reading import Float64s
from config.expression import Compiled, Windows, compile_expression

_RISING = (ast.Gt, ast.GtE)
_FALLING = (ast.Lt, ast.LtE)


@dataclass(frozen=True)
class Margin:
    """left - right of the sign's inequality (its negative for `<`): 0 where the sign begins to be seen."""

    distance: Compiled
    gates: tuple[Compiled, ...]
    """What must hold for the distance to mean something (`burner_run == 1`)."""

    @classmethod
    def of(cls, sign: str, names: frozenset[str]) -> Margin | None:
        """The margin of a sign; None unless exactly one of its parts joined by `and` is an inequality."""
        parts = list(_parts(ast.parse(sign.strip(), mode="eval").body))
        creeping = [
            p for p in parts if isinstance(p, ast.Compare) and isinstance(p.ops[0], _RISING + _FALLING)
        ]
        if len(creeping) != 1:
            return None
        (found,) = creeping
        left, right = ast.unparse(found.left), ast.unparse(found.comparators[0])
        text = f"({left}) - ({right})" if isinstance(found.ops[0], _RISING) else f"({right}) - ({left})"
        gates = tuple(compile_expression(ast.unparse(p), names) for p in parts if p is not found)
        return cls(compile_expression(text, names), gates)

    def at(self, frame: KindFrame, windows: Windows) -> Float64s:
        """float64[rows]; NaN where a gate does not hold or something is not known."""
        raw = self.distance.evaluate(frame.columns, windows).astype(np.float64)
        values: Float64s = np.array(np.broadcast_to(raw, (len(frame),)))
        values[~np.isfinite(values)] = np.nan
        for gate in self.gates:
            values[~truth(gate.evaluate(frame.columns, windows), len(frame))] = np.nan
        return values


def _parts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from _parts(value)
    else:
        yield node
