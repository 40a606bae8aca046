"""Durations as people write them in configuration: `30s`, `5m`, `2h`, `1d`, `1y`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator

from config.mistakes import RefusedError

_UNITS = {"ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}
_UNITS["w"], _UNITS["y"] = 7 * _UNITS["d"], 365 * _UNITS["d"]
_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w|y)")


def parse_duration(value: object) -> int:
    """Nanoseconds of a duration such as `90s`, `15m`, `2h`, `14d`; 0 may stand alone.

    Raises RefusedError (a ValueError) that names the form. A year counts 365 days.
    """
    if value == 0:
        return 0
    match = _FORM.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise RefusedError(
            "is no duration", "Write a number with ms, s, m, h, d, w or y, for example 30s or 5m"
        )
    return round(float(match[1]) * _UNITS[match[2]])


def format_duration(ns: int) -> str:
    """The shortest exact spelling of a duration."""
    if ns == 0:
        return "0s"
    unit = next(u for u in ("y", "w", "d", "h", "m", "s", "ms") if ns % _UNITS[u] == 0 or u == "ms")
    return f"{ns / _UNITS[unit]:g}{unit}"


Duration = Annotated[int, BeforeValidator(parse_duration)]
"""A configured duration, held in nanoseconds."""
