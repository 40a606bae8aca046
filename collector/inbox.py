"""What people hand in: values they read off a gauge, messages to be taken again. The collector takes them in.

The api writes a request in one transaction with its audit entry; the collector takes it through the same
checks as any message, and its outcome commits with the readings.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Table,
    Text,
    insert,
    select,
    update,
)

from config.database import metadata


class RequestKind(StrEnum):
    """MANUAL: readings typed by a person. REPLAY: a message out of quarantine."""

    MANUAL = "manual"
    REPLAY = "replay"


class RequestState(StrEnum):
    """DONE: committed, see its outcome."""

    WAITING = "waiting"
    DONE = "done"


intake_request = Table(
    "intake_request",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Column("who", Text, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome", JSON, nullable=False),
    Index("ix_intake_request_state", "state", "at_ns"),
)


@dataclass(frozen=True, slots=True)
class Typed:
    """A value that a person read or measured. point: id (`site/asset/point`). time: UTC ns."""

    point: str
    time: int
    value: float


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the collector finds it."""

    id: str
    kind: RequestKind
    body: Any


def submit_manual(connection: Connection, typed: Sequence[Typed], who: str, now_ns: int) -> str:
    """Hand in typed values; returns the request's id."""
    body = [{"point": t.point, "time": t.time, "value": t.value} for t in typed]
    return _submit(connection, RequestKind.MANUAL, body, who, now_ns)


def submit_replay(connection: Connection, quarantined: int, who: str, now_ns: int) -> str:
    """Ask for a message in quarantine to be taken again; returns the request's id."""
    return _submit(connection, RequestKind.REPLAY, {"quarantine": quarantined}, who, now_ns)


def outcome_of(engine: Engine, request: str) -> Mapping[str, Any] | None:
    """What became of it; None: it still waits (or was never made).

    MANUAL: {"received", "stored", "duplicate", "quarantined", "reasons": [...]}.
    REPLAY: {"stored", "left", "reason"}: readings taken now, and those still refused.
    """
    wanted = select(intake_request.c.outcome).where(
        intake_request.c.id == request, intake_request.c.state == RequestState.DONE
    )
    with engine.connect() as connection:
        found: Mapping[str, Any] | None = connection.scalar(wanted)
    return found


def waiting(engine: Engine, limit: int = 100) -> list[Request]:
    """Requests that are to be taken in, oldest first."""
    query = (
        select(intake_request)
        .where(intake_request.c.state == RequestState.WAITING)
        .order_by(intake_request.c.at_ns, intake_request.c.id)
        .limit(limit)
    )
    with engine.connect() as connection:
        return [Request(r.id, RequestKind(r.kind), r.body) for r in connection.execute(query)]


def settle_requests(connection: Connection, outcomes: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the outcomes that journal entries hold."""
    for request, outcome in outcomes.items():
        changed = update(intake_request).where(intake_request.c.id == request)
        connection.execute(changed.values(state=RequestState.DONE, outcome=dict(outcome)))


def _submit(connection: Connection, kind: RequestKind, body: object, who: str, now_ns: int) -> str:
    request = str(uuid.uuid4())
    row = {"id": request, "kind": kind, "body": body, "who": who, "at_ns": now_ns}
    connection.execute(insert(intake_request).values(state=RequestState.WAITING, outcome={}, **row))
    return request
