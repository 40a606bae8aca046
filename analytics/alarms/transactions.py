"""Runs a piece of work as one transaction, again if another process got in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from analytics.alarms.errors import LostRaceError

Result = TypeVar("Result")
_ATTEMPTS = 10
_ALARMS = 0x0A1A7355


def in_transaction(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    """The result of `work`, committed as a whole or not at all.

    Work that lost a race (a version that moved on, a writer that was ahead in SQLite) starts again from what
    is true now. Raises the last of these errors if it loses every time.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with engine.begin() as connection:
                _queue_up(connection)
                return work(connection)
        except LostRaceError:
            if attempt == _ATTEMPTS - 1:
                raise
        except OperationalError as error:
            if attempt == _ATTEMPTS - 1 or not _passing(error):
                raise
    raise AssertionError("the last attempt returns or raises")


def _queue_up(connection: Connection) -> None:
    """Alarms are written by one at a time, as SQLite does by itself: who comes second waits, not loses.

    So rows also become visible in the order of their numbers, and a reader that goes on from one misses none.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ALARMS})


def _passing(error: OperationalError) -> bool:
    cause = str(error.orig)
    return "locked" in cause or "deadlock" in cause or "serialize" in cause
