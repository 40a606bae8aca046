"""How each process says that it lives, and how the others see that it does not.

A part writes its row about once a second; a row that grows old is silence, and silence is news.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Engine, Integer, Table, Text, delete, insert, select, update

from config.clock import Clock
from config.database import metadata

part_health = Table(
    "part_health",
    metadata,
    Column("part", Text, primary_key=True),
    Column("pid", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("details", JSON, nullable=False),
)


@dataclass(frozen=True)
class PartHealth:
    """What a part last said of itself. `state` is `ok` or the part's own word; `at_ns` when, in UTC ns."""

    part: str
    pid: int
    state: str
    reason: str
    at_ns: int
    details: Mapping[str, Any]

    def age_ns(self, now_ns: int) -> int:
        """How long ago that was."""
        return now_ns - self.at_ns


def beat(
    engine: Engine,
    part: str,
    clock: Clock,
    state: str = "ok",
    reason: str = "",
    *,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write the part's row. One part has one process, so its row has one writer."""
    row = {
        "pid": os.getpid(),
        "state": state,
        "reason": reason,
        "at_ns": clock.now_ns(),
        "details": dict(details or {}),
    }
    with engine.begin() as connection:
        changed = connection.execute(update(part_health).where(part_health.c.part == part).values(row))
        if changed.rowcount == 0:
            connection.execute(insert(part_health).values(part=part, **row))


def read_all(engine: Engine) -> dict[str, PartHealth]:
    """What every part last said, by part."""
    with engine.connect() as connection:
        rows = connection.execute(select(part_health).order_by(part_health.c.part))
        return {row.part: PartHealth(**row._mapping) for row in rows}


def forget(engine: Engine, part: str) -> None:
    """Delete the part's row: it has ended for good, its silence is no news."""
    with engine.begin() as connection:
        connection.execute(delete(part_health).where(part_health.c.part == part))


@contextmanager
def passing_part(engine: Engine, part: str, clock: Clock, state: str, reason: str) -> Iterator[None]:
    """Beat once a second for a part that ends by itself, and forget it then; an error leaves its row."""
    over = threading.Event()

    def keep_beating() -> None:
        while not over.wait(1.0):
            beat(engine, part, clock, state, reason)

    beat(engine, part, clock, state, reason)
    beating = threading.Thread(target=keep_beating, name="heartbeat", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()
    forget(engine, part)
