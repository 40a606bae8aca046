"""Table of deliveries: one row per outbox event and channel. Times are UTC ns."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, text

from config.database import metadata

_WAITING = text("finished IS NULL")

delivery = Table(
    "delivery",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("channel", String(100), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("first_tried", BigInteger),
    Column("finished", BigInteger),
    Column("error", Text),
    Index("ix_delivery_due", "due", sqlite_where=_WAITING, postgresql_where=_WAITING),
)
"""`number`: the outbox row's, for order. A claim moves `due` on: after a crash it is sent again."""
