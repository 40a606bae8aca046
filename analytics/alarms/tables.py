"""Tables of alarms: occurrences, transitions, what keeps them quiet, the outbox, the place read up to."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from config.database import metadata

_SERIAL = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column of type INTEGER."""


def _partial(name: str, where: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


alarm = Table(
    "alarm",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("asset", String(130), nullable=False),
    Column("site", String(64), nullable=False),
    Column("family", String(16), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("rule", String(130), nullable=False),
    Column("state", String(16), nullable=False),
    Column("shelving", String(16), nullable=False),
    Column("suppressed", Boolean, nullable=False),
    Column("suppressed_by", String(36)),
    Column("out_of_service", Boolean, nullable=False),
    Column("priority", String(16), nullable=False),
    Column("latched", Boolean, nullable=False),
    Column("title", JSON, nullable=False),
    Column("likely_cause", JSON),
    Column("guidance", JSON),
    Column("consequence", JSON),
    Column("evidence", JSON, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("cleared", BigInteger),
    Column("acknowledged_by", String(64)),
    Column("acknowledged", BigInteger),
    Column("realarm_at", BigInteger),
    Column("release_at", BigInteger),
    Column("transitions", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("open", Boolean, nullable=False),
    _partial("ix_alarm_open", "open", "asset", "rule"),
    Index("ix_alarm_since", "since", "id"),
    Index("ix_alarm_asset", "asset", "since"),
)
"""`open`: in the list of what is wrong: not `normal`, or kept quiet by a flag. Times are UTC ns."""

alarm_transition = Table(
    "alarm_transition",
    metadata,
    Column("id", _SERIAL, primary_key=True, autoincrement=True),
    Column("alarm_id", String(36), ForeignKey("alarm.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("event", String(24), nullable=False),
    Column("from_state", String(16), nullable=False),
    Column("to_state", String(16), nullable=False),
    Column("shelving", String(16), nullable=False),
    Column("suppressed", Boolean, nullable=False),
    Column("out_of_service", Boolean, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("quiet", String(40)),
    Column("who", String(64), nullable=False),
    Column("comment", Text),
    Column("at", BigInteger, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Index("ix_alarm_transition_alarm", "alarm_id", "number", unique=True),
    Index("ix_alarm_transition_at", "at"),
)
"""Append-only. `at`: when it happened (reading time for conditions); `recorded`: when it was written."""

alarm_hold = Table(
    "alarm_hold",
    metadata,
    Column("id", _SERIAL, primary_key=True, autoincrement=True),
    Column("what", String(24), nullable=False),
    Column("asset", String(130), nullable=False),
    Column("rule", String(130)),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("one_shot", Boolean, nullable=False),
    Column("who", String(64), nullable=False),
    Column("reason", Text, nullable=False),
    Column("ended", BigInteger),
    Column("ended_by", String(64)),
    _partial("ix_alarm_hold_current", "ended IS NULL", "asset"),
)
"""Why the alarms of an asset (or one rule of it) are kept quiet; it outlives the occurrence it was set on."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", _SERIAL, primary_key=True, autoincrement=True),
    Column("event_id", String(64), nullable=False, unique=True),
    Column("topic", String(24), nullable=False),
    Column("quiet", String(40)),
    Column("payload", JSON, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("done", BigInteger),
    Index(
        "ix_outbox_waiting", "id", sqlite_where=text("done IS NULL"), postgresql_where=text("done IS NULL")
    ),
)
"""What must be told, written with the transition it tells of; `done` is set when it has been dealt with."""

analytics_position = Table(
    "analytics_position",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("segment", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""The place in a journal up to which alarms are decided; moves in the same transaction as they do."""
