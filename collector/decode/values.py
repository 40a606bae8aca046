"""Values of JSON documents as a column of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s, UInt8s
from collector.rejected import CODES, Rejected

_NUMBERS = {int, float}
_BEYOND = 1 << 1000  # more than any point measures; int and float compare exactly
_NOT_A_NUMBER, _WRONG_TYPE = CODES[Rejected.NOT_A_NUMBER], CODES[Rejected.WRONG_TYPE]


def parse_values(raw: Sequence[object], boolean: npt.NDArray[np.bool_]) -> tuple[Float64s, UInt8s | None]:
    """Values as float64[n], and per value a code of why it is none (None: all are numbers).

    boolean: bool[n], whether the value's point is of type bool. true and false are for those alone.
    """
    if set(map(type, raw)) <= _NUMBERS:
        try:
            return np.array(raw, dtype=np.float64), None
        except OverflowError:
            pass  # an integer beyond any float: judged alone below
    codes = np.zeros(len(raw), dtype=np.uint8)
    values = np.full(len(raw), np.nan)
    for row, value in enumerate(raw):
        values[row], codes[row] = _judge(value, bool(boolean[row]))
    return values, codes


def _judge(value: object, boolean: bool) -> tuple[float, int]:
    if isinstance(value, bool) and not boolean:
        return math.nan, _WRONG_TYPE
    if isinstance(value, int | float):
        return (float(value), 0) if abs(value) < _BEYOND else (math.nan, _NOT_A_NUMBER)
    return math.nan, _NOT_A_NUMBER if value is None else _WRONG_TYPE
