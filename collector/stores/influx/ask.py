"""Questions in InfluxQL, which InfluxDB 1.8, 2, Cloud and 3 all understand, and their answers as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from collector.reading import Int32s, Quality, ReadingBatch, Source
from collector.stores.aggregates import Aggregates
from collector.stores.influx.schema import MARKED, Place, Schema

_ASSETS_AT_ONCE = 100
FIGURES = ("count", "min", "max", "mean", "first", "last")


@dataclass(frozen=True, slots=True)
class Group:
    """Points that one statement can ask for: same kind, some assets, some fields."""

    kind: str
    assets: tuple[str, ...]
    fields: tuple[str, ...]


def groups(schema: Schema, points: Int32s, *, one_field: bool = False) -> list[Group]:
    """The points by kind. one_field: a statement for each field, where rows of several would mix."""
    of_kind: dict[str, list[Place]] = {}
    for slot in np.unique(schema.slots(points)).tolist():
        of_kind.setdefault(schema.places[slot].kind, []).append(schema.places[slot])
    found = []
    for kind, places in of_kind.items():
        fields = tuple(dict.fromkeys(p.point for p in places))
        for chosen in [(f,) for f in fields] if one_field else [fields]:
            assets = list(dict.fromkeys(p.asset for p in places if p.point in chosen))
            starts = range(0, len(assets), _ASSETS_AT_ONCE)
            found += [Group(kind, tuple(assets[s : s + _ASSETS_AT_ONCE]), chosen) for s in starts]
    return found


def statements(
    group: Group, select: str, when: str, grouped: str = "", tail: str = "", *, good_only: bool = False
) -> Iterator[str]:
    """Twice the same: of plain and of marked readings. select: with {} for the field."""
    columns = ", ".join(select.format(name(field)) for field in group.fields)
    assets = " OR ".join(f'"asset" = {text(asset)}' for asset in group.assets)
    for measurement, tags in ((group.kind, '"asset"'), (group.kind + MARKED, '"asset", "quality", "source"')):
        where = f"({assets})" + (f" AND {when}" if when else "")
        if good_only and measurement != group.kind:
            where += f" AND \"quality\" != '{Quality.BAD.name.lower()}'"
        # names and texts are quoted above, the rest is ours: the language has no parameters for names
        yield f"SELECT {columns} FROM {name(measurement)} WHERE {where} GROUP BY {tags}{grouped}{tail}"  # noqa: S608


def name(word: str) -> str:
    """As an identifier."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def text(word: str) -> str:
    """As a string."""
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Answers:
    """Turns series into columns; points that were not asked for are left out."""

    def __init__(self, schema: Schema, points: Int32s) -> None:
        wanted = np.unique(points)
        slots = schema.slots(wanted).tolist()
        found = zip(wanted.tolist(), (schema.places[slot] for slot in slots), strict=True)
        self._points = {(p.kind, p.asset, p.point): number for number, p in found}

    def readings(self, group: Group, series: Iterable[dict[str, Any]]) -> Iterator[ReadingBatch]:
        """Readings of `SELECT field, …` or of one selector per field; columns stand as in the group."""
        for one in series:
            times, *columns = zip(*one["values"], strict=True)
            time = np.array(times, dtype=np.int64)
            tags = one["tags"]
            quality = Quality[tags.get("quality", Quality.GOOD.name).upper()]
            source = Source[tags.get("source", Source.SENSOR.name).upper()]
            for field, column in zip(group.fields, columns, strict=True):
                point = self._points.get((group.kind, tags["asset"], field))
                if point is None:
                    continue
                value = np.array(column, dtype=np.float64)  # null becomes NaN, which is never stored
                there = ~np.isnan(value)
                count = int(there.sum())
                yield ReadingBatch.of(
                    np.full(count, point),
                    time[there],
                    value[there],
                    received_at=0,
                    quality=quality,
                    source=source,
                )

    def windows(self, group: Group, series: Iterable[dict[str, Any]]) -> Iterator[Aggregates]:
        """Windows of `count, min, max, mean, first, last` of one field."""
        for one in series:
            point = self._points.get((group.kind, one["tags"]["asset"], group.fields[0]))
            if point is None:
                continue
            time, count, *figures = zip(*one["values"], strict=True)
            yield Aggregates(
                np.full(len(time), point, dtype=np.int32),
                np.array(time, dtype=np.int64),
                np.array(count, dtype=np.int64),
                *(np.array(column, dtype=np.float64) for column in figures),
            )


def once(parts: Sequence[ReadingBatch]) -> ReadingBatch:
    """By point and time, each once: of two, the one of better quality, then the sensor's."""
    readings = ReadingBatch.concat(parts)
    order = np.lexsort((readings.source, readings.quality, readings.time, readings.point))
    point, time = readings.point[order], readings.time[order]
    again = np.append(False, (point[1:] == point[:-1]) & (time[1:] == time[:-1]))[: len(order)]
    return readings.take(order[~again])
