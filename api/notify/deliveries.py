"""The rows behind sending: route, claim, mark sent, put off, give up. Each step is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from analytics.alarms.tables import outbox
from api.notify.channels.base import Channel
from api.notify.message import Message
from api.notify.routing import route
from api.notify.tables import delivery
from config.clock import SECOND

LEASE_NS = 60 * SECOND
"""How long a claim lasts: longer than any send, so that two senders do not tell the same thing at once."""
_BATCH = 200
_PRUNED = 1000


class Delivered(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


class Claim(NamedTuple):
    """One message that this process may now send over one channel."""

    message: Message
    channel: str
    attempts: int
    first_tried: int


def route_new(engine: Engine, channels: Sequence[Channel], now_ns: int) -> int:
    """Give every new outbox row its deliveries; one that goes nowhere is done at once. Returns how many."""
    unrouted = ~exists().where(delivery.c.event_id == outbox.c.event_id)
    with engine.begin() as connection:
        query = select(outbox).where(outbox.c.done.is_(None), unrouted).order_by(outbox.c.id).limit(_BATCH)
        rows = connection.execute(query).mappings().all()
        for row in rows:
            names = route(_message(row), channels, now_ns).channels
            if names:
                connection.execute(
                    insert(delivery), [_fresh(row["event_id"], row["id"], n, now_ns) for n in names]
                )
            else:
                _done(connection, row["event_id"], now_ns)
    return len(rows)


def _fresh(event_id: str, number: int, channel: str, now_ns: int) -> dict[str, object]:
    state = Delivered.WAITING.value
    who = {"event_id": event_id, "channel": channel, "number": number}
    return {**who, "state": state, "attempts": 0, "due": now_ns}


def claim(engine: Engine, channels: Iterable[str], now_ns: int, limit: int) -> list[Claim]:
    """Due deliveries over these channels, oldest due first; nobody else gets them within the lease."""
    waiting = delivery.c.finished.is_(None) & (delivery.c.due <= now_ns)
    query = (
        select(delivery, outbox)
        .join(outbox, outbox.c.event_id == delivery.c.event_id)
        .where(waiting, delivery.c.channel.in_(list(channels)))
        .order_by(delivery.c.due, delivery.c.number)
        .limit(limit)
    )
    claimed = []
    with engine.begin() as connection:
        for row in connection.execute(query).mappings().all():
            mine = _row(row[delivery.c.event_id], row[delivery.c.channel]) & (delivery.c.due == row["due"])
            first = row["first_tried"] or now_ns
            values = {"due": now_ns + LEASE_NS, "attempts": row["attempts"] + 1, "first_tried": first}
            if connection.execute(update(delivery).where(mine).values(**values)).rowcount:
                claimed.append(Claim(_message(row), row["channel"], row["attempts"] + 1, first))
    return claimed


def mark_sent(engine: Engine, sent: Claim, now_ns: int) -> None:
    """Delivered."""
    _finish(engine, sent, Delivered.SENT, None, now_ns)


def give_up(engine: Engine, lost: Claim, error: str, now_ns: int) -> None:
    """Failed for good; the row keeps the reason."""
    _finish(engine, lost, Delivered.FAILED, error, now_ns)


def put_off(engine: Engine, failed: Claim, error: str, due_ns: int) -> None:
    """Due again later."""
    with engine.begin() as connection:
        mine = _row(failed.message.event_id, failed.channel)
        connection.execute(update(delivery).where(mine).values(due=due_ns, error=error[:500]))


def drop_unknown(engine: Engine, channels: Sequence[str], now_ns: int) -> int:
    """Give up what waits for channels that are no longer configured. Returns how many."""
    gone = delivery.c.finished.is_(None) & delivery.c.channel.not_in(list(channels))
    values = {"state": Delivered.FAILED.value, "finished": now_ns, "error": "channel no longer configured"}
    with engine.begin() as connection:
        events = connection.execute(select(delivery.c.event_id).where(gone)).scalars().all()
        connection.execute(update(delivery).where(gone).values(**values))
        for event_id in events:
            _done_if_finished(connection, event_id, now_ns)
    return len(events)


def prune(engine: Engine, before_ns: int) -> int:
    """Forget what was dealt with before that time; the alarms keep their transitions. Returns how many."""
    old = select(outbox.c.event_id).where(outbox.c.done < before_ns).order_by(outbox.c.id).limit(_PRUNED)
    with engine.begin() as connection:
        events = connection.execute(old).scalars().all()
        connection.execute(delete(delivery).where(delivery.c.event_id.in_(events)))
        connection.execute(delete(outbox).where(outbox.c.event_id.in_(events)))
    return len(events)


def waiting(engine: Engine) -> int:
    """Deliveries that are neither sent nor given up, and outbox rows not yet routed."""
    with engine.connect() as connection:
        rows = select(func.count()).select_from(outbox).where(outbox.c.done.is_(None))
        return int(connection.execute(rows).scalar_one())


def _finish(engine: Engine, claimed: Claim, state: Delivered, error: str | None, now_ns: int) -> None:
    event_id = claimed.message.event_id
    with engine.begin() as connection:
        values = {"state": state.value, "finished": now_ns, "error": error and error[:500]}
        connection.execute(update(delivery).where(_row(event_id, claimed.channel)).values(**values))
        _done_if_finished(connection, event_id, now_ns)


def _done_if_finished(connection: Connection, event_id: str, now_ns: int) -> None:
    unfinished = (delivery.c.event_id == event_id) & delivery.c.finished.is_(None)
    if connection.execute(select(delivery.c.channel).where(unfinished).limit(1)).first() is None:
        _done(connection, event_id, now_ns)


def _done(connection: Connection, event_id: str, now_ns: int) -> None:
    connection.execute(update(outbox).where(outbox.c.event_id == event_id).values(done=now_ns))


def _row(event_id: str, channel: str) -> ColumnElement[bool]:
    return (delivery.c.event_id == event_id) & (delivery.c.channel == channel)


def _message(row: RowMapping) -> Message:
    return Message(row[outbox.c.event_id], row["topic"], row["quiet"], row["payload"], row["created"])
