"""Names in the folder of readings.

    _manifest.json                       which files count, and how far the journal is compacted
    _latest/latest-NNNNNNNNN.parquet     newest reading of every point
    _hourly/day=YYYY-MM-DD/rollup-….parquet
    _damaged/                            files set aside
    day=YYYY-MM-DD/part-NNNNNNNNN.parquet

Parquet tools leave out what begins with `_` or `.`, so they see the readings alone.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from collector.reading import Int64s
from config.clock import DAY

MANIFEST = "_manifest.json"
DAMAGED = "_damaged"
_EPOCH = date(1970, 1, 1)
_NUMBER = re.compile(r"(?:part|rollup|latest)-(\d{9})\.parquet")


def day_of(time_ns: int) -> str:
    """The UTC day of a time, as YYYY-MM-DD."""
    return (_EPOCH + timedelta(days=time_ns // DAY)).isoformat()


def days_of(times: Int64s) -> list[str]:
    """The UTC days that hold one of these times, in order."""
    return [day_of(number * DAY) for number in np.unique(times // DAY).tolist()]


def day_start(day: str) -> int:
    """UTC ns at which the day begins."""
    return (date.fromisoformat(day) - _EPOCH).days * DAY


def part_name(day: str, number: int) -> str:
    """Path of a part, relative to the folder."""
    return f"day={day}/part-{number:09d}.parquet"


def rollup_name(day: str, number: int) -> str:
    """Path of a day's hourly rollup."""
    return f"_hourly/day={day}/rollup-{number:09d}.parquet"


def latest_name(number: int) -> str:
    """Path of a table of newest readings."""
    return f"_latest/latest-{number:09d}.parquet"


def number_in(name: str) -> int:
    """The number in such a name."""
    match = _NUMBER.fullmatch(name.rpartition("/")[2])
    if match is None:
        raise ValueError(f"{name}: no file of the store is called so")
    return int(match[1])


def data_files(folder: Path) -> set[str]:
    """Every Parquet file of ours that exists, listed or not, and every file still being written."""
    patterns = ("day=*/*.parquet", "_hourly/day=*/*.parquet", "_latest/*.parquet")
    return {path.relative_to(folder).as_posix() for pattern in patterns for path in folder.glob(pattern)}


def unfinished_files(folder: Path) -> list[Path]:
    """Files that a crash left half-written."""
    return [*folder.glob("**/.*.tmp")]
