"""Setpoints sent to devices: within a safety envelope, under a name, until they expire, and answered.

issue_command ─▶ waiting ─▶ sent ─▶ done | refused
                    └─────────┴───▶ expired
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Table,
    Text,
    insert,
    select,
    update,
)

from collector.intake.delta import NamedAnswer
from collector.wire.native import topic_of
from config.database import metadata
from config.plant import Plant, PlantAsset, PlantPoint

_MS = 1_000_000
_SETTABLE = {"setpoint", "command"}


class CommandState(StrEnum):
    """REFUSED: by the device. EXPIRED: not answered in time; it must not be carried out any more."""

    WAITING = "waiting"
    SENT = "sent"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


class NotCommanded(StrEnum):
    """Why a command was not even issued."""

    UNKNOWN_POINT = "unknown_point"
    NOT_SETTABLE = "not_settable"
    NOT_PLAUSIBLE = "not_plausible"
    OUTSIDE_ENVELOPE = "outside_envelope"
    ALREADY_EXPIRED = "already_expired"


class CommandError(ValueError):
    """The command was not issued; `reason` says why, the message what would be allowed."""

    def __init__(self, reason: NotCommanded, message: str) -> None:
        self.reason = reason
        super().__init__(message)


Envelope = Callable[[PlantAsset, PlantPoint, float], str | None]
"""What is allowed for safety's sake: None, or why this value is not."""

setpoint_command = Table(
    "setpoint_command",
    metadata,
    Column("id", Text, primary_key=True),
    Column("asset", Text, nullable=False),
    Column("point", Text, nullable=False),
    Column("value", Float, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("issued_ns", BigInteger, nullable=False),
    Column("expires_ns", BigInteger, nullable=False),
    Column("sent_ns", BigInteger),
    Column("answered_ns", BigInteger),
    Column("answer_value", Float),
    Column("answer_reason", Text),
    Index("ix_setpoint_command_state", "state"),
    Index("ix_setpoint_command_asset", "asset", "issued_ns"),
)

_OPEN = setpoint_command.c.state.in_([CommandState.WAITING, CommandState.SENT])


@dataclass(frozen=True, slots=True)
class Wish:
    """A setpoint that somebody wants. asset: id (`site/asset`). expires: UTC ns. why: a named reason."""

    asset: str
    point: str
    value: float
    who: str
    why: str
    expires: int


def issue_command(connection: Connection, plant: Plant, wish: Wish, now_ns: int, envelope: Envelope) -> str:
    """Check the wish and put it in line to be sent; returns the command's id. Raises CommandError."""
    asset = plant.assets.get(wish.asset)
    point = asset.points.get(wish.point) if asset else None
    if asset is None or point is None:
        raise CommandError(NotCommanded.UNKNOWN_POINT, f"{wish.asset} has no point {wish.point}")
    _check(asset, point, wish, now_ns, envelope)
    command = str(uuid.uuid4())
    row = {"id": command, "asset": wish.asset, "point": wish.point, "value": wish.value}
    row |= {"who": wish.who, "why": wish.why, "issued_ns": now_ns, "expires_ns": wish.expires}
    connection.execute(insert(setpoint_command).values(state=CommandState.WAITING, **row))
    return command


def _check(asset: PlantAsset, point: PlantPoint, wish: Wish, now_ns: int, envelope: Envelope) -> None:
    if point.role not in _SETTABLE:
        raise CommandError(NotCommanded.NOT_SETTABLE, f"{point.id} is measured, not set")
    low, high = point.plausible
    if not low <= wish.value <= high:
        raise CommandError(
            NotCommanded.NOT_PLAUSIBLE, f"{point.id}: between {low:g} and {high:g} {point.unit}"
        )
    objection = envelope(asset, point, wish.value)
    if objection is not None:
        raise CommandError(NotCommanded.OUTSIDE_ENVELOPE, f"{point.id}: {objection}")
    if wish.expires <= now_ns:
        raise CommandError(NotCommanded.ALREADY_EXPIRED, f"{point.id}: give it a time to be carried out in")


def read_commands(engine: Engine, asset: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """Commands and what became of them, newest first."""
    query = select(setpoint_command).order_by(setpoint_command.c.issued_ns.desc()).limit(limit)
    if asset is not None:
        query = query.where(setpoint_command.c.asset == asset)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def expire_commands(engine: Engine, now_ns: int) -> int:
    """Give up those that were not answered in time; returns how many."""
    due = _OPEN & (setpoint_command.c.expires_ns <= now_ns)
    with engine.connect() as connection:
        if connection.scalar(select(setpoint_command.c.id).where(due).limit(1)) is None:
            return 0
    with engine.begin() as connection:
        changed = update(setpoint_command).where(due).values(state=CommandState.EXPIRED)
        return connection.execute(changed).rowcount


def send_commands(engine: Engine, publish: Callable[[str, bytes], None], now_ns: int) -> int:
    """Publish what is in line, then mark it sent; a command sent twice has one id, so it is done once."""
    query = select(setpoint_command).where(setpoint_command.c.state == CommandState.WAITING)
    with engine.connect() as connection:
        due = connection.execute(query.order_by(setpoint_command.c.issued_ns)).all()
    for row in due:
        body = {"id": row.id, "point": row.point, "value": row.value, "expires": row.expires_ns // _MS}
        publish(topic_of(row.asset, "set"), orjson.dumps(body))
    if due:
        sent = setpoint_command.c.id.in_([row.id for row in due])
        still = setpoint_command.c.state == CommandState.WAITING
        with engine.begin() as connection:
            changed = update(setpoint_command).where(sent, still)
            connection.execute(changed.values(state=CommandState.SENT, sent_ns=now_ns))
    return len(due)


def settle_answers(connection: Connection, answers: Sequence[NamedAnswer]) -> None:
    """Write what devices answered. An answer that comes too late is kept, but the command stays expired."""
    for answer in answers:
        given = {"answered_ns": answer.at, "answer_value": answer.value, "answer_reason": answer.reason}
        wanted = setpoint_command.c.id == answer.command
        connection.execute(update(setpoint_command).where(wanted).values(**given))
        state = CommandState.DONE if answer.done else CommandState.REFUSED
        connection.execute(update(setpoint_command).where(wanted, _OPEN).values(state=state))
