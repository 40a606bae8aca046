"""Local dates and minutes of many times at once, right on the nights when clocks change."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from collector.reading import Int64s
from config.clock import HOUR, MINUTE, SECOND

_QUARTER = 15 * MINUTE
_DAY_MINUTES = 1440


class LocalTimes(NamedTuple):
    """Days since 1970 and minutes of the day [T], as clocks on the wall show them."""

    day: Int64s
    minute: Int64s


def local_times(times: Int64s, zone: ZoneInfo) -> LocalTimes:
    """Wall-clock day and minute of UTC nanoseconds; offsets change on quarter-hours at most."""
    quarters, place = np.unique(times // _QUARTER, return_inverse=True)
    minutes = times // MINUTE + _offsets(quarters, zone)[place]
    return LocalTimes(minutes // _DAY_MINUTES, minutes % _DAY_MINUTES)


def date_of(day: int) -> dt.date:
    """The date of a day number."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)


def day_of(date: dt.date) -> int:
    """The day number of a date."""
    return (date - dt.date(1970, 1, 1)).days


def _offsets(quarters: Int64s, zone: ZoneInfo) -> Int64s:
    """Minutes ahead of UTC of sorted quarter-hours; asked per hour only where a day's ends differ."""
    found = np.empty(len(quarters), dtype=np.int64)
    days = quarters * _QUARTER // (24 * HOUR)
    for day in np.unique(days):
        at = np.flatnonzero(days == day)
        first, last = _offset(quarters[at[0]], zone), _offset(quarters[at[-1]], zone)
        found[at] = first if first == last else [_offset(quarter, zone) for quarter in quarters[at]]
    return found


def _offset(quarter: int, zone: ZoneInfo) -> int:
    moment = dt.datetime.fromtimestamp(int(quarter) * _QUARTER // SECOND, zone)
    offset = moment.utcoffset()
    assert offset is not None
    return int(offset.total_seconds() // 60)
