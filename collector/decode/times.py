"""Times as devices write them: milliseconds since 1970, or RFC 3339 with `Z` or an offset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from collector.reading import Int64s
from collector.wire.base import NO_TIME

_MS = 1_000_000
_LATEST_MS = (2**63 - 1) // _MS
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_STAMP = pa.timestamp("ns", "UTC")


def parse_times(stamps: Sequence[object]) -> Int64s:
    """UTC ns of each stamp; NO_TIME where it is none."""
    kinds = set(map(type, stamps))
    if kinds == {int}:
        return _milliseconds(stamps)
    if kinds == {str}:
        try:
            texts = pa.array(stamps, pa.string()).cast(_STAMP)
        except (pa.ArrowInvalid, UnicodeEncodeError):
            return _one_by_one(stamps)
        times: Int64s = np.asarray(texts.cast(pa.int64()))
        return times
    return _one_by_one(stamps)


def _milliseconds(stamps: Sequence[object]) -> Int64s:
    try:
        ms = np.array(stamps, dtype=np.int64)
    except OverflowError:
        return _one_by_one(stamps)
    return np.where(np.abs(ms) <= _LATEST_MS, ms * _MS, NO_TIME)


def _one_by_one(stamps: Sequence[object]) -> Int64s:
    return np.array([_parse(s) for s in stamps], dtype=np.int64)


def _parse(stamp: object) -> int:
    if isinstance(stamp, bool):
        return NO_TIME
    if isinstance(stamp, int | float):
        return _from_ms(stamp) if -_LATEST_MS <= stamp <= _LATEST_MS else NO_TIME
    if isinstance(stamp, str):
        return _rfc3339(stamp)
    return NO_TIME


def _from_ms(stamp: float) -> int:
    """A float has no room for nanoseconds since 1970: whole milliseconds and their fraction apart."""
    whole = int(stamp)
    return whole * _MS + round((stamp - whole) * _MS)


def _rfc3339(text: str) -> int:
    try:
        when = dt.datetime.fromisoformat(text)
    except ValueError:
        return NO_TIME
    if when.tzinfo is None:
        return NO_TIME
    since = when - _EPOCH
    ns = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
    return ns if abs(ns) < 2**63 else NO_TIME
