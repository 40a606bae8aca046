"""GET readings, readings/latest; POST readings (values typed by a person)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import json_answer
from api.auth import ReadingsViewer, Running
from api.pages import page_of
from api.problems import invalid
from api.schemas.common import ListOf, PagingQuery
from api.schemas.readings import (
    ReadingShape,
    WindowShape,
    reading_documents,
    window_documents,
)
from api.services import readings
from api.services.readings import Span, Statistic
from api.times import parse_time, parse_window
from config.clock import DAY, Clock

router = APIRouter(tags=["readings"])
PointIds = Annotated[
    list[str], Query(max_length=200, description="site/asset/point, repeated or with commas")
]
TimeText = Annotated[str | None, Query(max_length=60, description="RFC 3339 or epoch milliseconds")]


def _split(values: list[str]) -> list[str]:
    return [part for value in values for part in value.split(",") if part]


def _span(points: list[str], start: str | None, end: str | None, clock: Clock) -> Span:
    """The time asked for; without an end until now, without a start the day before the end."""
    end_ns = clock.now_ns() + 1 if end is None else parse_time("end", end)
    start_ns = end_ns - DAY if start is None else parse_time("start", start)
    return Span(_split(points), start_ns, end_ns)


def _statistics(agg: str) -> list[Statistic]:
    names = agg.split(",")
    if not set(names) <= {s.value for s in Statistic}:
        raise invalid("agg", agg, f"write one or more of {', '.join(Statistic)}, with commas between them")
    return [Statistic(n) for n in dict.fromkeys(names)]


@router.get("/readings", summary="Readings over time", response_model=ListOf[ReadingShape | WindowShape])
def get_readings(
    parts: Running,
    user: ReadingsViewer,
    paging: PagingQuery,
    *,
    point: PointIds,
    start: TimeText = None,
    end: TimeText = None,
    window: Annotated[str | None, Query(max_length=20, description="1s to 366d; left out: raw")] = None,
    agg: Annotated[str, Query(max_length=60, description="mean,min,max,first,last,count")] = "mean",
) -> Response:
    span, statistics = _span(point, start, end, parts.clock), _statistics(agg)
    known = parts.plant.by_number
    if window is None:
        raw = readings.raw(parts, user, span, paging)
        return json_answer({"items": reading_documents(raw.readings, known), "next": raw.next})
    width = parse_window(window)
    if start is None:
        # Windows that begin at round times stay the same from one request to the next.
        span = replace(span, start_ns=span.start_ns // width * width)
    found = readings.windows(parts, user, span, width)
    return json_answer({"items": window_documents(found, statistics, known), "next": None})


@router.get(
    "/readings/latest", summary="The newest reading of each point", response_model=ListOf[ReadingShape]
)
def get_latest(
    parts: Running,
    user: ReadingsViewer,
    paging: PagingQuery,
    asset: Annotated[list[str], Query(max_length=200, description="site/asset; left out: all")] = [],  # noqa: B006 - FastAPI copies it
    point: PointIds = [],  # noqa: B006 - as above
) -> Response:
    found = readings.latest(parts, user, _split(asset), _split(point))
    page = page_of(reading_documents(found, parts.plant.by_number), paging, lambda r: str(r["point"]))
    return json_answer({"items": page.items, "next": page.next})
