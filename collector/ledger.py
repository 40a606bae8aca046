"""What was taken and what became of it: received = stored + duplicate + quarantined + in flight.

In total and per device. The numbers come out of the journal, where they were committed with the readings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from collector.intake.delta import Count, Delta, NamedGap
from config.database import metadata

GAPS_KEPT = 10_000
_COUNTED = ("received", "stored", "duplicate", "quarantined", "missing")

ledger_total = Table(
    "ledger_total",
    metadata,
    Column("id", Integer, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in _COUNTED),
    Column("in_flight", BigInteger, nullable=False),
    Column("stores", JSON, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
)

ledger_device = Table(
    "ledger_device",
    metadata,
    Column("device", Text, primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in _COUNTED),
    Column("last_ns", BigInteger, nullable=False),
    Column("boot", Text),
    Column("sequence", BigInteger),
    Column("online", Boolean),
    Column("online_ns", BigInteger),
)

ledger_gap = Table(
    "ledger_gap",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("device", Text, nullable=False),
    Column("boot", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)


def read_ledger(engine: Engine) -> dict[str, Any]:
    """Totals at top level; `devices` and `stores` (each reader of the journal with its lag) beside them."""
    with engine.connect() as connection:
        total = connection.execute(select(ledger_total)).mappings().first()
        devices = connection.execute(select(ledger_device).order_by(ledger_device.c.device)).mappings().all()
    found: dict[str, Any] = {name: total[name] if total else 0 for name in (*_COUNTED, "in_flight", "at_ns")}
    found["received"] += found["in_flight"]
    return found | {"devices": [dict(row) for row in devices], "stores": total["stores"] if total else []}


def read_gaps(engine: Engine, device: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """Messages that never came, newest first: device, boot, first and last number, when that was noticed."""
    query = select(ledger_gap).order_by(ledger_gap.c.id.desc()).limit(limit)
    if device is not None:
        query = query.where(ledger_gap.c.device == device)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def sequences_known(engine: Engine) -> dict[str, tuple[str, int]]:
    """Boot and sequence number where each device that counts its messages stands."""
    columns = (ledger_device.c.device, ledger_device.c.boot, ledger_device.c.sequence)
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).where(ledger_device.c.sequence.is_not(None)))
        return {row.device: (row.boot or "", row.sequence) for row in rows}


def add_delta(connection: Connection, delta: Delta) -> None:
    """Add what journal entries say, within the transaction that also moves the place read up to."""
    counted = delta.devices()
    _add_total(connection, delta.total(), delta.at)
    _make_devices(connection, {*counted, *delta.last, *(s.device for s in delta.statuses)})
    _add_counts(connection, counted, delta.at)
    _set_marks(connection, delta)
    _add_gaps(connection, delta.gaps)


def set_in_flight(connection: Connection, in_flight: int, stores: Sequence[Mapping[str, Any]]) -> None:
    """What the collector holds and has not committed, and how far the journal's readers are behind."""
    values = {"in_flight": in_flight, "stores": list(stores)}
    if connection.execute(update(ledger_total).values(values)).rowcount == 0:
        zeros = dict.fromkeys(_COUNTED, 0)
        connection.execute(insert(ledger_total).values(id=1, at_ns=0, **zeros, **values))


def _add_total(connection: Connection, count: Count, at: int) -> None:
    numbers = dict(zip(_COUNTED, count.numbers(), strict=True))
    added: dict[str, Any] = {name: ledger_total.c[name] + number for name, number in numbers.items()}
    if connection.execute(update(ledger_total).values(at_ns=at, **added)).rowcount == 0:
        connection.execute(insert(ledger_total).values(id=1, in_flight=0, stores=[], at_ns=at, **numbers))


def _make_devices(connection: Connection, names: set[str]) -> None:
    known = set(connection.scalars(select(ledger_device.c.device)))
    missing = [{"device": name, "last_ns": 0, **dict.fromkeys(_COUNTED, 0)} for name in sorted(names - known)]
    if missing:
        connection.execute(insert(ledger_device), missing)


def _add_counts(connection: Connection, counted: Mapping[str, Count], at: int) -> None:
    rows = [
        {"name": device, "at": at, **{f"n_{n}": v for n, v in zip(_COUNTED, count.numbers(), strict=True)}}
        for device, count in counted.items()
    ]
    if not rows:
        return
    added = {name: ledger_device.c[name] + bindparam(f"n_{name}") for name in _COUNTED}
    changed = update(ledger_device).where(ledger_device.c.device == bindparam("name"))
    connection.execute(changed.values(last_ns=bindparam("at"), **added), rows)


def _set_marks(connection: Connection, delta: Delta) -> None:
    changed = update(ledger_device).where(ledger_device.c.device == bindparam("name"))
    marks = [{"name": d, "b": boot, "s": number} for d, (boot, number) in delta.last.items()]
    if marks:
        connection.execute(changed.values(boot=bindparam("b"), sequence=bindparam("s")), marks)
    statuses = [{"name": s.device, "o": s.online, "t": s.at} for s in delta.statuses]
    if statuses:
        connection.execute(changed.values(online=bindparam("o"), online_ns=bindparam("t")), statuses)


def _add_gaps(connection: Connection, gaps: Sequence[NamedGap]) -> None:
    if not gaps:
        return
    rows = [
        {"device": g.device, "boot": g.boot, "first": g.first, "last": g.last, "at_ns": g.at} for g in gaps
    ]
    connection.execute(insert(ledger_gap), rows)
    newest = connection.scalar(select(func.max(ledger_gap.c.id))) or 0
    connection.execute(delete(ledger_gap).where(ledger_gap.c.id <= newest - GAPS_KEPT))
