"""What people changed against the files: versioned, with the reason and the name of who did it.

The files are the base. An override is known by its area (`schedule`, `alarm`, …) and its name there; a change
is a new version, and taking it back is a version too (value None).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Engine, Integer, Table, Text, func, insert, select

from config.clock import Clock
from config.database import metadata

setting_override = Table(
    "setting_override",
    metadata,
    Column("area", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
)


class OverrideConflictError(Exception):
    """Somebody else changed it meanwhile: read it again, then decide."""


@dataclass(frozen=True)
class Override:
    """One version of one override. `value` is JSON; None: the file holds again."""

    area: str
    name: str
    version: int
    value: Any
    reason: str
    who: str
    at_ns: int


def put(
    engine: Engine, clock: Clock, area: str, name: str, value: Any, *, seen: int, reason: str, who: str
) -> Override:
    """Write the version after `seen` (0: there was none).

    Raises OverrideConflictError when `seen` is not the last.
    """
    with engine.begin() as connection:
        table = setting_override.c
        last = connection.scalar(
            select(func.max(table.version)).where(table.area == area, table.name == name)
        )
        if (last or 0) != seen:
            raise OverrideConflictError(f"{area} {name} is at version {last or 0}, not {seen}")
        new = Override(area, name, seen + 1, value, reason, who, clock.now_ns())
        connection.execute(insert(setting_override).values(**vars(new)))
    return new


def current(engine: Engine, area: str) -> dict[str, Override]:
    """The last version of every override of an area, by name; those taken back are left out."""
    return {o.name: o for o in _read(engine, area) if o.value is not None}


def history(engine: Engine, area: str, name: str) -> list[Override]:
    """Every version, the oldest first."""
    table = setting_override.c
    wanted = select(setting_override).where(table.area == area, table.name == name).order_by(table.version)
    with engine.connect() as connection:
        return [Override(**row._mapping) for row in connection.execute(wanted)]


def _read(engine: Engine, area: str) -> list[Override]:
    table = setting_override.c
    last = select(table.name, func.max(table.version).label("version")).where(table.area == area)
    newest = last.group_by(table.name).subquery()
    wanted = select(setting_override).join(
        newest,
        (table.area == area) & (table.name == newest.c.name) & (table.version == newest.c.version),
    )
    with engine.connect() as connection:
        return [Override(**row._mapping) for row in connection.execute(wanted)]
