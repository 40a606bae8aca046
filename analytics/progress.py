"""Up to where a journal is decided on: written in the same transaction as what was decided."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from analytics.alarms.tables import analytics_position
from collector.journal import Position

PIPELINE = "pipeline"


def read_progress(connection: Connection, name: str = PIPELINE) -> Position | None:
    """The place up to which everything is decided; None if nothing ever was."""
    table = analytics_position
    row = connection.execute(select(table).where(table.c.name == name)).first()
    return None if row is None else Position(row.segment, row.offset)


def write_progress(connection: Connection, position: Position, at_ns: int, name: str = PIPELINE) -> None:
    """Move the place, within the caller's transaction. at_ns: the time of it, UTC ns."""
    table = analytics_position
    values = {"segment": position.segment, "offset": position.offset, "at": at_ns}
    if connection.execute(update(table).where(table.c.name == name).values(**values)).rowcount == 0:
        connection.execute(insert(table).values(name=name, **values))
