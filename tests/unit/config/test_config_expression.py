"""Expressions: what they compute, what missing values do, and what they refuse."""

import numpy as np
import pytest

from config.expression import ExpressionError, compile_expression

NAMES = {"a", "b", "limit"}
COLUMNS = {"a": np.array([1.0, 2.0, np.nan]), "b": np.array([0.0, 4.0, 1.0]), "limit": 2.0}


def evaluate(text, windows=None):
    return compile_expression(text, NAMES).evaluate(COLUMNS, windows)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a - b", [1, -2, np.nan]),
        ("-a + 2 ** 3 % 5", [2, 1, np.nan]),
        ("a / b", [np.inf, 0.5, np.nan]),
        ("max(a, b)", [1, 4, 1]),
        ("where(missing(a), 7, a)", [1, 2, 7]),
        ("clip(b, 0.5, limit)", [0.5, 2, 1]),
        ("abs(-b)", [0, 4, 1]),
        ("90", 90),
    ],
)
def test_arithmetic_goes_row_by_row(text, values):
    np.testing.assert_allclose(evaluate(text), values)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("a < limit", [True, False, False]),
        ("a != 1", [False, True, False]),
        ("not a < limit", [False, True, True]),
        ("a and b", [False, True, False]),
        ("a or b > 5", [True, True, False]),
        ("a >= 1 and b == 4", [False, True, False]),
    ],
)
def test_a_comparison_with_a_missing_value_is_false(text, truth):
    result = evaluate(text)
    assert result.dtype == np.bool_
    assert result.tolist() == truth


class Recorder:
    def __init__(self):
        self.asked = []

    def window(self, function, values, window_ns, key):
        self.asked.append((function, window_ns, key))
        return values * 10


def test_windows_are_answered_by_the_caller_once_for_each_call():
    recorder = Recorder()
    result = evaluate("mean(a + 1, '10m') > starts(b, '1h')", recorder)
    assert result.tolist() == [True, False, False]
    assert recorder.asked == [
        ("mean", 600 * 10**9, "mean(a + 1, '10m')"),
        ("starts", 3600 * 10**9, "starts(b, '1h')"),
    ]


def test_a_window_without_a_past_is_refused():
    with pytest.raises(ExpressionError, match="looks back in time"):
        evaluate("mean(a, '10m')")


@pytest.mark.parametrize(
    "text",
    [
        "a.real",
        "a[0]",
        "lambda: a",
        "a if b else a",
        "'text'",
        "a < b < 3",
        "abs(a, b)",
        "abs(x=a)",
        "mean(a)",
        "(a := 1)",
        "a in b",
        "f'{a}'",
        "[a]",
        "a @ b",
        "~a",
        "a & b",
        "x",
        "eval('a')",
        "a" + " + a" * 200,
        "",
        "-" * 300 + "a",
        "1" + "0" * 400,
    ],
)
def test_everything_else_is_refused_with_a_remedy(text):
    with pytest.raises(ExpressionError) as refused:
        compile_expression(text, NAMES)
    assert refused.value.problem
    assert refused.value.remedy


def test_the_names_an_expression_uses_are_known():
    assert compile_expression("mean(a, '1h') + limit", NAMES).names == {"a", "limit"}
