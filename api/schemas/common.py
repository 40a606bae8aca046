"""Shapes that all lists and problems share."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict

from api.pages import Paging

Item = TypeVar("Item")


class Shape(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class Asked(BaseModel):
    """A request's body: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False)


class ListOf(Shape, Generic[Item]):
    """Every list: its items and the cursor of the next page."""

    items: list[Item]
    next: str | None = None


class FieldError(Shape):
    field: str
    problem: str


class ProblemDetails(Shape):
    """RFC 9457 problem details. `reason` is a lasting word, `remedy` says what to do."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str
    reason: str
    instance: str
    errors: list[FieldError] | None = None


def _paging(
    cursor: Annotated[str | None, Query(max_length=300, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=5000, description="items a page")] = 1000,
) -> Paging:
    return Paging(cursor, limit)


PagingQuery = Annotated[Paging, Depends(_paging)]
"""`cursor=` and `limit=` of every list."""

Slug = Annotated[str, Query(max_length=63)]
"""A filter's value: the name of a site, kind or family."""

PROBLEMS: dict[int | str, dict[str, object]] = {
    status: {"description": text, "content": {"application/problem+json": {}}, "model": ProblemDetails}
    for status, text in {
        401: "Not signed in",
        403: "Not permitted",
        404: "Not found",
        413: "Request too large",
        422: "Input is not valid",
    }.items()
}
