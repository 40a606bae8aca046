"""Safe, vectorised expressions over the points, derived points and parameters of one kind.

    supply_temp - return_temp
    burner_run == 1 and flow < 0.7 * design_flow
    starts(burner_run, '1h') > 10

Row by row they compute with NumPy; window functions look back over a stretch of one asset's rows and are
answered by the caller (`Windows`), who keeps what was before the rows at hand. A comparison with a missing
value (NaN) is false.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from config.durations import parse_duration
from config.mistakes import RefusedError, choose

Column = npt.NDArray[Any]

WINDOW_FUNCTIONS: dict[str, str] = {
    "mean": "mean over the window",
    "minimum": "lowest value in the window",
    "maximum": "highest value in the window",
    "change": "value now minus value at the window's start",
    "starts": "how often it went from 0 to above 0 within the window",
    "hours_true": "hours within the window during which it was above 0",
    "increase": "growth of a counter over the window, resets not counted",
    "deviation": "standard deviation over the window",
    "since_true": "seconds since it was last above 0 (the window caps it)",
}
_FUNCTIONS: dict[str, tuple[int, Callable[..., Column]]] = {
    "abs": (1, np.abs),
    "sqrt": (1, np.sqrt),
    "exp": (1, np.exp),
    "log": (1, np.log),
    "min": (2, np.fmin),
    "max": (2, np.fmax),
    "where": (3, np.where),
    "clip": (3, np.clip),
    "missing": (1, np.isnan),
}
_BINARY: dict[type[ast.operator], Callable[..., Column]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.Pow: np.power,
    ast.Mod: np.mod,
}
_COMPARE: dict[type[ast.cmpop], Callable[..., Column]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
_LONGEST = 500
_MOST_PARTS = 250
_LARGEST_NUMBER = 1e300
_FORM = (
    "Use numbers, names, + - * / ** %, single comparisons, and/or/not, "
    f"{', '.join([*_FUNCTIONS, *WINDOW_FUNCTIONS])}"
)


class ExpressionError(RefusedError):
    """The text is not an expression that is allowed; `remedy` says what to write."""


class Windows(Protocol):
    """Answers window functions for the rows being evaluated."""

    def window(self, function: str, values: Column, window_ns: int, key: str) -> Column:
        """The function over the trailing window at every row; `key` names the call, for its memory."""


@dataclass(frozen=True)
class Compiled:
    """An expression that was checked, with the names it uses."""

    text: str
    tree: ast.expr
    names: frozenset[str]

    def evaluate(self, columns: Mapping[str, Column | float], windows: Windows | None = None) -> Column:
        """The value at every row: float64 or bool. Division by zero gives NaN or infinity, silently."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return np.asarray(_evaluate(self.tree, columns, windows))


def compile_expression(text: str | float, known: frozenset[str] | set[str]) -> Compiled:
    """Check an expression against the names it may use.

    Raises ExpressionError (unknown name, forbidden syntax, bad window), with what to write instead.
    """
    source = str(text).strip()
    if len(source) > _LONGEST:
        raise ExpressionError(f"is longer than {_LONGEST} characters", "Split it into derived points")
    try:
        tree = ast.parse(source, mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"cannot be read ({error.msg})", "Check its operators and brackets") from None
    if sum(1 for _ in ast.walk(tree)) > _MOST_PARTS:
        raise ExpressionError(f"has more than {_MOST_PARTS} parts", "Split it into derived points")
    names: set[str] = set()
    _check(tree, known, names)
    return Compiled(source, tree, frozenset(names))


def _check(node: ast.expr, known: frozenset[str] | set[str], names: set[str]) -> None:
    match node:
        case ast.Constant(value=bool() | int() | float() as number) if abs(number) < _LARGEST_NUMBER:
            return
        case ast.Name(id=name):
            if name not in known:
                raise ExpressionError(
                    f"{name} is no point, derived point or parameter here", choose(name, known)
                )
            names.add(name)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            _check(left, known, names)
            _check(right, known, names)
        case ast.UnaryOp(op=ast.USub() | ast.Not() | ast.UAdd(), operand=operand):
            _check(operand, known, names)
        case ast.BoolOp(values=values):
            for value in values:
                _check(value, known, names)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            _check(left, known, names)
            _check(right, known, names)
        case ast.Call(func=ast.Name(id=function), args=args, keywords=[]):
            for argument in _check_call(function, args):
                _check(argument, known, names)
        case _:
            raise ExpressionError(f"`{ast.unparse(node)}` is not allowed", _FORM)


def _check_call(function: str, args: list[ast.expr]) -> list[ast.expr]:
    if function in WINDOW_FUNCTIONS:
        if len(args) != 2 or not isinstance(args[1], ast.Constant):
            raise ExpressionError(
                f"{function} is not used as it should be", f"Write {function}(value, '10m')"
            )
        try:
            parse_duration(args[1].value)
        except RefusedError as error:
            raise ExpressionError(f"the window of {function} {error.problem}", error.remedy) from None
        return args[:1]
    if function not in _FUNCTIONS:
        raise ExpressionError(
            f"{function} is no function here", choose(function, [*_FUNCTIONS, *WINDOW_FUNCTIONS])
        )
    wanted = _FUNCTIONS[function][0]
    if len(args) != wanted:
        raise ExpressionError(f"{function} has {len(args)} values", f"Give it {wanted}")
    return args


def _evaluate(node: ast.expr, columns: Mapping[str, Column | float], windows: Windows | None) -> Any:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return columns[name]
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_evaluate(left, columns, windows), _evaluate(right, columns, windows))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return np.logical_not(_truth(_evaluate(operand, columns, windows)))
        case ast.UnaryOp(op=op, operand=operand):
            value = _evaluate(operand, columns, windows)
            return np.negative(value) if isinstance(op, ast.USub) else value
        case ast.BoolOp(op=op, values=values):
            combine = np.logical_and if isinstance(op, ast.And) else np.logical_or
            parts = [_truth(_evaluate(v, columns, windows)) for v in values]
            result = parts[0]
            for part in parts[1:]:
                result = combine(result, part)
            return result
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compare(op, _evaluate(left, columns, windows), _evaluate(right, columns, windows))
        case ast.Call(func=ast.Name(id=function), args=args):
            return _call(node, function, args, columns, windows)
    raise ExpressionError(f"`{ast.unparse(node)}` was not checked before it was evaluated", _FORM)


def _call(
    node: ast.Call,
    function: str,
    args: list[ast.expr],
    columns: Mapping[str, Column | float],
    windows: Windows | None,
) -> Any:
    if function not in WINDOW_FUNCTIONS:
        return _FUNCTIONS[function][1](*(_evaluate(a, columns, windows) for a in args))
    if windows is None:
        raise ExpressionError(f"{function} looks back in time", "Use it where readings have a past")
    value = np.asarray(_evaluate(args[0], columns, windows), dtype=np.float64)
    window = parse_duration(args[1].value)  # type: ignore[attr-defined]
    return windows.window(function, value, window, ast.unparse(node))


def _truth(value: Any) -> Any:
    """Missing values count as false."""
    array = np.asarray(value)
    return array if array.dtype == np.bool_ else (array != 0) & ~np.isnan(array)


def _compare(op: ast.cmpop, left: Any, right: Any) -> Any:
    result = _COMPARE[type(op)](left, right)
    if isinstance(op, ast.NotEq):
        return result & ~np.isnan(left) & ~np.isnan(right)
    return result
