"""Messages with readings that could not be taken, kept with their reason until they can be taken again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from collector.intake.blob import Refused
from collector.intake.delta import Replayed
from config.database import metadata

KEPT = 100_000
"""Messages that are kept; of more, the oldest go. The ledger still counts them."""


class QuarantineState(StrEnum):
    """WAITING: some of its readings are still refused. REPLAYED: all were taken."""

    WAITING = "waiting"
    REPLAYED = "replayed"


class NotReplayable(StrEnum):
    """Why a message cannot be taken again."""

    UNKNOWN = "unknown"  # no such message
    REPLAYED = "replayed"  # it was taken already
    CUT_OFF = "cut_off"  # only the beginning of its payload was kept


quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Index("ix_quarantine_device", "device"),
    sqlite_autoincrement=True,
)

_LISTED = [c for c in quarantine.columns if c.name != "raw"]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message in quarantine as it can be replayed."""

    id: int
    refused: Refused


def list_quarantine(
    engine: Engine,
    *,
    device: str | None = None,
    reason: str | None = None,
    state: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Messages without their payload, newest first. before: the id that the last page ended with."""
    query = select(*_LISTED).order_by(quarantine.c.id.desc()).limit(limit)
    for column, wanted in (("device", device), ("reason", reason), ("state", state)):
        if wanted is not None:
            query = query.where(quarantine.c[column] == wanted)
    if before is not None:
        query = query.where(quarantine.c.id < before)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def get_quarantined(engine: Engine, number: int) -> dict[str, Any] | None:
    """One message with the kept beginning of its payload (`raw`, bytes); None: no such message."""
    with engine.connect() as connection:
        row = connection.execute(select(quarantine).where(quarantine.c.id == number)).mappings().first()
    return dict(row) if row else None


def replayable(engine: Engine, number: int) -> Quarantined | NotReplayable:
    """The message as it came, or why it cannot be taken again."""
    row = get_quarantined(engine, number)
    if row is None:
        return NotReplayable.UNKNOWN
    if row.pop("state") != QuarantineState.WAITING:
        return NotReplayable.REPLAYED
    refused = Refused(at=row.pop("at_ns"), **{k: v for k, v in row.items() if k != "id"})
    return Quarantined(number, refused) if refused.whole else NotReplayable.CUT_OFF


def add_refused(connection: Connection, refused: Sequence[Refused]) -> None:
    """Keep what a journal entry says was refused."""
    if not refused:
        return
    rows = [
        {
            "topic": r.topic,
            "device": r.device,
            "reason": r.reason,
            "count": r.count,
            "detail": r.detail,
            "at_ns": r.at,
            "size": r.size,
            "sha256": r.sha256,
            "raw": r.raw,
            "state": QuarantineState.WAITING,
        }
        for r in refused
    ]
    connection.execute(insert(quarantine), rows)
    newest = connection.scalar(select(func.max(quarantine.c.id))) or 0
    connection.execute(delete(quarantine).where(quarantine.c.id <= newest - KEPT))


def settle_replays(connection: Connection, replayed: Sequence[Replayed]) -> None:
    """Write how many readings of each replayed message are still refused."""
    for one in replayed:
        state = QuarantineState.WAITING if one.left else QuarantineState.REPLAYED
        changed = update(quarantine).where(quarantine.c.id == one.quarantine)
        connection.execute(changed.values(count=one.left, state=state))
