"""Times and windows as people and programs write them: RFC 3339 or epoch milliseconds, `15m`, `1h`."""

from __future__ import annotations

import datetime as dt
import re

import numpy as np

from api.problems import invalid
from collector.reading import Int64s
from config.durations import parse_duration

_EARLIEST = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LATEST_MS = 9_000_000_000_000
# `+` in a query that was not escaped arrives as a space.
_LOST_PLUS = re.compile(r"^(.*T\S+) (\d\d:\d\d)$")
_WANTED = "write RFC 3339 with its offset (2026-01-15T08:00:00Z) or milliseconds since 1970"


def parse_time(field: str, value: str) -> int:
    """UTC nanoseconds of a time. Raises a 422 problem that says how to write it."""
    text = value.strip()[:40]
    if text.isascii() and text.isdigit() and int(text) <= _LATEST_MS:
        return int(text) * 1_000_000
    try:
        when = dt.datetime.fromisoformat(_LOST_PLUS.sub(r"\1+\2", text))
    except ValueError:
        raise invalid(field, value, _WANTED) from None
    if when.tzinfo is None:
        raise invalid(field, value, _WANTED)
    since = when - _EARLIEST
    ns = (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000
    if not 0 <= ns <= _LATEST_MS * 1_000_000:
        raise invalid(field, value, _WANTED)
    return ns


def parse_window(value: str) -> int:
    """Nanoseconds of a window: at least a second, at most 366 days."""
    wanted = "write a window from 1s to 366d, for example 15m or 1h"
    try:
        window = parse_duration(value)
    except (ValueError, OverflowError):
        raise invalid("window", value, wanted) from None
    if not 10**9 <= window <= 366 * 86_400 * 10**9:
        raise invalid("window", value, wanted)
    return window


def rfc3339(ns: int) -> str:
    """A time to the millisecond, in UTC."""
    return str(np.datetime_as_string(np.datetime64(ns, "ns"), unit="ms")) + "Z"


def rfc3339_or_none(ns: int | None) -> str | None:
    """The same, where a time may be missing."""
    return None if ns is None else rfc3339(ns)


def rfc3339_column(times: Int64s) -> list[str]:
    """A column of times to the millisecond, in UTC."""
    texts = np.datetime_as_string(times.astype("datetime64[ns]"), unit="ms")
    return [t + "Z" for t in texts.tolist()]
