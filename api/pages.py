"""Lists in pages: the items and the cursor from which the next page goes on."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from api.problems import invalid

Item = TypeVar("Item")
_REMEDY = "use the value of `next` of the page before, unchanged, or leave it out to begin"


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is wanted: the one after `cursor` (None: the first), of at most `limit` items."""

    cursor: str | None = None
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items of one page; `next` is None on the last."""

    items: list[Item]
    next: str | None = None

    @classmethod
    def cut(cls, rows: Sequence[Item], limit: int, key: Callable[[Item], str]) -> Page[Item]:
        """A page of at most `limit` of the rows, of which one more was read to see whether there is more."""
        if len(rows) <= limit:
            return cls(list(rows))
        return cls(list(rows[:limit]), write_cursor(key(rows[limit - 1])))


def write_cursor(key: str) -> str:
    """An opaque cursor for a sort key."""
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    """The sort key of a cursor of ours. Raises a 422 problem for anything else."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        raise invalid("cursor", cursor, _REMEDY) from None


def integer_cursor(cursor: str) -> int:
    """The sort key of a cursor over row numbers."""
    key = read_cursor(cursor)
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise invalid("cursor", cursor, _REMEDY)
    return int(key)


def page_of(items: Sequence[Item], paging: Paging, key: Callable[[Item], str]) -> Page[Item]:
    """A page of items that lie in memory, sorted by their key."""
    ordered = sorted(items, key=key)
    if paging.cursor is not None:
        after = read_cursor(paging.cursor)
        ordered = [i for i in ordered if key(i) > after]
    return Page.cut(ordered, paging.limit, key)
