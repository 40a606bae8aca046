"""Readings of points over time: as they came, by windows, and the newest of each."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from api.pages import Paging, read_cursor, write_cursor
from api.parts import Parts
from api.problems import Problem, Reason, invalid, unknown
from api.rights import Action, User
from api.services.permission import asset_for, require, require_at, visible
from collector.reading import Int32s, Quality, ReadingBatch, Source
from collector.stores.aggregates import Aggregates
from config.durations import format_duration
from config.plant import PlantPoint

MOST_POINTS = 100
MOST_CELLS = 100_000
"""Points times windows of one answer."""
MOST_SCANNED = 2_000_000
"""Readings that may lie in the range of a raw query, by the points' intervals."""
MOST_RAW = 50_000
QUALITY_NAMES = {q.value: q.name.lower() for q in Quality}
SOURCE_NAMES = {s.value: s.name.lower() for s in Source}


class Statistic(StrEnum):
    """What a window is told by."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    FIRST = "first"
    LAST = "last"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Span:
    """Which points and what time, [start, end) in UTC ns."""

    points: Sequence[str]
    start_ns: int
    end_ns: int

    def __post_init__(self) -> None:
        if not self.start_ns < self.end_ns:
            raise invalid("end", self.end_ns, "write an end after the start")


class RawPage(NamedTuple):
    """Readings sorted by point and time; `next` is the cursor of the page after."""

    readings: ReadingBatch
    next: str | None


def raw(parts: Parts, user: User, span: Span, paging: Paging) -> RawPage:
    """Readings as they were stored."""
    numbers = np.sort(_numbers(_points(parts, user, span.points)))
    _bound_scan(parts, numbers, span)
    batches: list[ReadingBatch] = []
    limit = min(paging.limit, MOST_RAW)
    wanted = limit + 1
    if paging.cursor is not None:
        at, after = _raw_cursor(paging.cursor)
        if at in numbers and after + 1 < span.end_ns:
            here = np.asarray([at], dtype=np.int32)
            begin = max(after + 1, span.start_ns)
            batches.append(parts.store.range(here, begin, span.end_ns, wanted))
            wanted -= len(batches[0])
        numbers = numbers[numbers > at]
    if wanted > 0 and len(numbers):
        batches.append(parts.store.range(numbers, span.start_ns, span.end_ns, wanted))
    found = ReadingBatch.concat(batches)
    if len(found) <= limit:
        return RawPage(found, None)
    page = found.take(slice(0, limit))
    return RawPage(page, write_cursor(f"{page.point[-1]}:{page.time[-1]}"))


def windows(parts: Parts, user: User, span: Span, window_ns: int) -> Aggregates:
    """Statistics per point and window; windows without a reading are left out."""
    numbers = _numbers(_points(parts, user, span.points))
    count = -(-(span.end_ns - span.start_ns) // window_ns)
    if count * len(numbers) > MOST_CELLS:
        fits = -(-(span.end_ns - span.start_ns) * len(numbers) // MOST_CELLS)
        whole_seconds = -(-fits // 10**9) * 10**9
        raise Problem(
            Reason.TOO_MUCH_ASKED,
            f"{len(numbers)} points of {count} windows are more than {MOST_CELLS} values.",
            remedy=f"Use window={format_duration(whole_seconds)} or longer, or ask for less.",
        )
    return parts.store.aggregate(numbers, span.start_ns, span.end_ns, window_ns)


def latest(parts: Parts, user: User, assets: Sequence[str], points: Sequence[str]) -> ReadingBatch:
    """The newest reading of each point: of these assets and points, or (neither given) of all."""
    return parts.store.latest(watched(parts, user, assets, points))


def watched(parts: Parts, user: User, assets: Sequence[str], points: Sequence[str]) -> Int32s:
    """Numbers of the points of these assets and these points; of all visible ones when neither is given."""
    if assets or points:
        holders = [asset_for(parts.plant, user, Action.SEE_READINGS, a) for a in assets]
        named = _points(parts, user, points) if points else []
    else:
        holders, named = visible(parts.plant, require(user, Action.SEE_READINGS)), []
    return np.unique(_numbers([*(p for a in holders for p in a.points.values()), *named]))


def _points(parts: Parts, user: User, ids: Sequence[str]) -> list[PlantPoint]:
    require(user, Action.SEE_READINGS)
    if not 1 <= len(ids) <= MOST_POINTS:
        raise invalid("point", f"{len(ids)} points", f"ask for 1 to {MOST_POINTS} points (site/asset/point)")
    found = []
    for point_id in dict.fromkeys(ids):
        point = parts.plant.points.get(point_id)
        if point is None:
            raise unknown("point", point_id, near(parts, point_id))
        asset = parts.plant.assets[point.asset]
        require_at(user, Action.SEE_READINGS, asset.site, asset.family)
        found.append(point)
    return found


def near(parts: Parts, point_id: str) -> list[str]:
    """Names to suggest: comparing with every point of a large campus would take seconds."""
    holder, _, name = point_id.rpartition("/")
    asset = parts.plant.assets.get(holder)
    names = [] if asset is None else difflib.get_close_matches(name, asset.points, n=3)
    return [f"{holder}/{one}" for one in names]


def _numbers(points: Sequence[PlantPoint]) -> Int32s:
    return np.asarray([p.number for p in points], dtype=np.int32)


def _bound_scan(parts: Parts, numbers: Int32s, span: Span) -> None:
    intervals = np.maximum(parts.plant.columns.interval_ns[numbers], 10**9)
    expected = float(np.sum((span.end_ns - span.start_ns) / intervals))
    if expected > MOST_SCANNED:
        raise Problem(
            Reason.TOO_MUCH_ASKED,
            f"About {expected:.0f} readings lie in this range; {MOST_SCANNED} may be asked for at once.",
            remedy="Add window=15m (or longer), or ask for a shorter time.",
        )


def _raw_cursor(cursor: str) -> tuple[int, int]:
    number, _, time = read_cursor(cursor).partition(":")
    whole = all(t.isascii() and t.isdigit() and len(t) < 20 for t in (number, time))
    if not whole or int(number) >= 1 << 31 or int(time) >= 1 << 62:
        raise invalid("cursor", cursor, "use the value of `next` of the page before, unchanged")
    return int(number), int(time)
