"""Who did what, when, from where: one append-only row per deed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    String,
    Table,
    insert,
    select,
)

from api.pages import Page, Paging, integer_cursor
from config.clock import Clock
from config.database import metadata

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("who", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("details", JSON, nullable=False),
    Index("ix_audit_at", "at"),
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts and from where; `command line` for whoever sits at the server itself."""

    who: str
    address: str = "local"


COMMAND_LINE = Caller("command line")


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done, or refused, to what."""

    action: str
    subject: str
    outcome: str = "done"
    details: Mapping[str, Any] = field(default_factory=dict)


def record(connection: Connection, now_ns: int, caller: Caller, deed: Deed) -> None:
    """Write the deed in the caller's transaction: it stands when the deed stands."""
    connection.execute(
        insert(audit).values(
            at=now_ns,
            who=caller.who[:64],
            address=caller.address[:64],
            action=deed.action,
            subject=deed.subject[:200],
            outcome=deed.outcome,
            details=dict(deed.details),
        )
    )


def record_alone(engine: Engine, clock: Clock, caller: Caller, deed: Deed) -> None:
    """Write the deed in a transaction of its own."""
    with engine.begin() as connection:
        record(connection, clock.now_ns(), caller, deed)


def entries(engine: Engine, paging: Paging) -> Page[Mapping[str, Any]]:
    """The newest deeds first."""
    query = select(audit).order_by(audit.c.id.desc()).limit(paging.limit + 1)
    if paging.cursor is not None:
        query = query.where(audit.c.id < integer_cursor(paging.cursor))
    with engine.connect() as connection:
        rows: list[Mapping[str, Any]] = [dict(r) for r in connection.execute(query).mappings()]
    return Page.cut(rows, paging.limit, lambda r: str(r["id"]))
