"""What can be asked about alarms: lists with filters, counts, transitions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, or_, select, true, tuple_

from analytics.alarms import tables
from analytics.alarms.alarm import Alarm
from analytics.alarms.errors import NotAllowedError
from analytics.alarms.identity import event_id
from analytics.alarms.state import State

LONGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class AlarmFilter:
    """Which alarms are wanted; None: any.

    since: all that began after it (UTC ns), also those that are over. within: pairs of site and family that
    the asker may see; a None in a pair stands for all.
    """

    state: Collection[str] | None = None
    priority: Collection[str] | None = None
    asset: str | None = None
    site: str | None = None
    family: str | None = None
    rule: str | None = None
    since: int | None = None
    within: Collection[tuple[str | None, str | None]] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a list and the cursor of the next one (None: that was all)."""

    items: list[Alarm]
    next: str | None


def list_alarms(connection: Connection, wanted: AlarmFilter, cursor: str | None, limit: int) -> Page:
    """Alarms, newest first. Raises NotAllowedError for a cursor that is none of ours."""
    table = tables.alarm
    size = max(1, min(limit, LONGEST_PAGE))
    query = select(table).where(*_conditions(wanted))
    if cursor is not None:
        query = query.where(tuple_(table.c.since, table.c.id) < tuple_(*_place(cursor)))
    query = query.order_by(table.c.since.desc(), table.c.id.desc()).limit(size + 1)
    found = [Alarm.of(row) for row in connection.execute(query).mappings()]
    items = found[:size]
    return Page(items, f"{items[-1].since}.{items[-1].id}" if len(found) > size else None)


def _place(cursor: str) -> tuple[int, str]:
    since, _, alarm_id = cursor.partition(".")
    if not since.isdecimal() or not alarm_id:
        raise NotAllowedError(f"cursor {cursor!r}: give back the `next` of the page before, unchanged")
    return int(since), alarm_id


def _conditions(wanted: AlarmFilter) -> list[ColumnElement[bool]]:
    table = tables.alarm.c
    exact = {"asset": wanted.asset, "site": wanted.site, "family": wanted.family, "rule": wanted.rule}
    found = [table[name] == value for name, value in exact.items() if value is not None]
    if wanted.priority is not None:
        found.append(table.priority.in_(wanted.priority))
    if wanted.state is not None:
        found.append(table.state.in_(wanted.state))
    if wanted.since is not None:
        found.append(table.since > wanted.since)
    if wanted.state is None and wanted.since is None:
        found.append(table.open)
    if wanted.within is not None:
        found.append(or_(*(_pair(site, family) for site, family in wanted.within), false()))
    return found


def _pair(site: str | None, family: str | None) -> ColumnElement[bool]:
    table = tables.alarm.c
    parts = [table.site == site] if site is not None else []
    if family is not None:
        parts.append(table.family == family)
    return and_(true(), *parts)


@dataclass(frozen=True, slots=True)
class Count:
    """How many open alarms of one site, family, priority and state; `quiet`: kept from view by a flag."""

    site: str
    family: str
    priority: str
    state: str
    quiet: bool
    alarms: int


def count_open(connection: Connection) -> list[Count]:
    """Open alarms by what an overview shows."""
    table = tables.alarm.c
    quiet = or_(table.shelving != "none", table.suppressed, table.out_of_service)
    keys = (table.site, table.family, table.priority, table.state, quiet)
    rows = connection.execute(select(*keys, func.count()).where(table.open).group_by(*keys))
    return [
        Count(site, family, priority, state, bool(held), n) for site, family, priority, state, held, n in rows
    ]


def list_transitions(
    connection: Connection, *, alarm_id: str | None, after: int, limit: int
) -> list[dict[str, Any]]:
    """Transitions in the order they were written, each with its `event_id`; of one alarm or of all."""
    table = tables.alarm_transition
    query: Select[Any] = select(table).where(table.c.id > after).order_by(table.c.id)
    if alarm_id is not None:
        query = query.where(table.c.alarm_id == alarm_id)
    rows = connection.execute(query.limit(max(1, min(limit, LONGEST_PAGE)))).mappings()
    return [{**row, "event_id": event_id(row["alarm_id"], row["number"])} for row in rows]


def find_alarm(connection: Connection, alarm_id: str) -> Alarm | None:
    """One alarm by id."""
    row = connection.execute(select(tables.alarm).where(tables.alarm.c.id == alarm_id)).mappings().first()
    return None if row is None else Alarm.of(row)


def anything_due(connection: Connection, now_ns: int) -> bool:
    """Whether the clock alone changes something: a hold ends, an alarm is released or repeated."""
    alarm, hold = tables.alarm.c, tables.alarm_hold.c
    waiting = alarm.open & ((alarm.release_at <= now_ns) | (alarm.realarm_at <= now_ns))
    ending = hold.ended.is_(None) & (hold.until <= now_ns)
    return any(
        connection.execute(select(column).where(condition).limit(1)).first() is not None
        for column, condition in ((alarm.id, waiting), (hold.id, ending))
    )


def list_active(connection: Connection) -> list[tuple[str, str]]:
    """Asset and rule of every alarm whose condition holds."""
    table = tables.alarm.c
    states = [state.value for state in State if state.active]
    rows = connection.execute(select(table.asset, table.rule).where(table.open, table.state.in_(states)))
    return [(row.asset, row.rule) for row in rows]
