"""Transactions that write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, delete, false

from config.heartbeat import part_health


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may read before it writes.

    SQLite refuses a write at once when somebody else wrote after our first read; a write as the first
    statement, though it changes nothing, waits for its turn instead.
    """
    with engine.begin() as connection:
        connection.execute(delete(part_health).where(false()))
        yield connection
