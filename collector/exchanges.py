"""A meter was exchanged: what the old one ended with and the new one began with, so that totals go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    Table,
    Text,
    insert,
    select,
)

from collector.reading import Float64s, Int64s
from config.database import metadata

meter_exchange = Table(
    "meter_exchange",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("point", Text, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("old_end", Float, nullable=False),
    Column("new_start", Float, nullable=False),
    Column("who", Text, nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_meter_exchange_point", "point", "at_ns"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The counter of a point (`site/asset/point`) was exchanged at `at` (UTC ns)."""

    point: str
    at: int
    old_end: float
    new_start: float


def record_exchange(connection: Connection, exchange: Exchange, who: str, note: str = "") -> None:
    """Write an exchange down."""
    row = {"point": exchange.point, "at_ns": exchange.at, "old_end": exchange.old_end}
    row |= {"new_start": exchange.new_start, "who": who, "note": note}
    connection.execute(insert(meter_exchange).values(**row))


def exchanges_of(engine: Engine, point: str) -> list[Exchange]:
    """All exchanges of a point's counter, oldest first."""
    query = select(meter_exchange).where(meter_exchange.c.point == point)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(meter_exchange.c.at_ns, meter_exchange.c.id))
        return [Exchange(r.point, r.at_ns, r.old_end, r.new_start) for r in rows]


def increase(time: Int64s, value: Float64s, exchanges: Sequence[Exchange] = ()) -> Float64s:
    """What the counter rose by since the reading before; 0 for the first.

    time: int64[n] UTC ns, rising. value: float64[n], the counter. A fall without an exchange is a counter
    that began at zero again. Readings taken at or after an exchange are the new meter's.
    """
    rise = np.diff(value, prepend=value[:1])
    rise = np.where(rise < 0, value, rise)
    for row, between in _grouped(time, exchanges).items():
        ends = [value[row - 1], *(e.new_start for e in between)]
        begins = [*(e.old_end for e in between), value[row]]
        rise[row] = sum(begin - end for begin, end in zip(begins, ends, strict=True))
    return rise


def _grouped(time: Int64s, exchanges: Sequence[Exchange]) -> dict[int, list[Exchange]]:
    """Exchanges by the first reading after them; those before the first or after the last change nothing."""
    groups: dict[int, list[Exchange]] = {}
    for exchange in sorted(exchanges, key=lambda e: e.at):
        row = int(np.searchsorted(time, exchange.at, side="left"))
        if 0 < row < len(time):
            groups.setdefault(row, []).append(exchange)
    return groups
