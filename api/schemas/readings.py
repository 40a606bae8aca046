"""Shapes of readings. The columns become JSON directly; these classes describe the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from api.schemas.common import Asked, Shape
from api.services.readings import QUALITY_NAMES, SOURCE_NAMES, Statistic
from api.times import rfc3339_column
from collector.reading import ReadingBatch
from collector.stores.aggregates import Aggregates
from config.plant import PlantPoint


class ReadingShape(Shape):
    """One reading. `value` is in `unit`; bool points: 0 or 1."""

    point: str
    value: float | None
    unit: str
    time: str
    quality: str
    source: str


class WindowShape(Shape):
    """One window: `time` is its start, `value` the first statistic asked for, each asked one by its name."""

    point: str
    unit: str
    time: str
    value: float | None
    mean: float | None = None
    min: float | None = None
    max: float | None = None
    first: float | None = None
    last: float | None = None
    count: int | None = None


class ManualReading(Asked):
    """A value read or measured by a person; `time` left out: now."""

    point: Annotated[str, Field(max_length=200, examples=["north/boiler-1/supply_temp"])]
    value: float
    time: Annotated[str, Field(max_length=40)] | None = None
    note: Annotated[str, Field(max_length=500)] | None = None


class ManualReadings(Asked):
    """Up to 500 values at once; all are taken, or none."""

    readings: Annotated[list[ManualReading], Field(min_length=1, max_length=500)]


def reading_documents(batch: ReadingBatch, points: Mapping[int, PlantPoint]) -> list[dict[str, Any]]:
    """Readings as documents, in the batch's order; those of unknown points are left out."""
    columns = zip(
        batch.point.tolist(),
        batch.value.tolist(),
        rfc3339_column(batch.time),
        batch.quality.tolist(),
        batch.source.tolist(),
        strict=True,
    )
    return [
        {
            "point": points[number].id,
            "value": value,
            "unit": points[number].unit,
            "time": time,
            "quality": QUALITY_NAMES[quality],
            "source": SOURCE_NAMES[source],
        }
        for number, value, time, quality, source in columns
        if number in points
    ]


def window_documents(
    found: Aggregates, statistics: list[Statistic], points: Mapping[int, PlantPoint]
) -> list[dict[str, Any]]:
    """Windows as documents, by point and time."""
    names = [s.value for s in statistics]
    columns = [getattr(found, name).tolist() for name in names]
    numbers, times = found.point.tolist(), rfc3339_column(found.window)
    rows = zip(numbers, times, zip(*columns, strict=True), strict=True)
    return [
        {
            "point": points[number].id,
            "unit": points[number].unit,
            "time": time,
            "value": values[0],
            **dict(zip(names, values, strict=True)),
        }
        for number, time, values in rows
    ]
