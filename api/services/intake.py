"""Intake as people see it: ledger, quarantine and its replay, and values typed by a person."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.audit import Caller, Deed, record
from api.pages import Page, Paging, integer_cursor, write_cursor
from api.parts import Parts
from api.problems import Problem, Reason, invalid, unknown
from api.rights import Action, Scope, User
from api.services.permission import require, require_at
from api.services.readings import near
from collector.inbox import Typed, outcome_of, submit_manual, submit_replay
from collector.ledger import read_ledger
from collector.quarantine import NotReplayable, get_quarantined, list_quarantine, replayable

TOTALS = ("received", "stored", "duplicate", "quarantined", "in_flight")
PATIENCE_S = 2.0
"""How long a request waits for the collector, which looks several times a second."""
_LOOKS, _MOST_PAGES = 40, 20


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A request to the collector. outcome None: it still waits, because the collector is away or busy."""

    request: str
    outcome: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """Which messages are wanted; None: all."""

    device: str | None = None
    reason: str | None = None
    state: str | None = None


def ledger(parts: Parts, user: User) -> dict[str, Any]:
    """Totals of the installation, lags of the stores, and the devices that the user may see; times in ns."""
    scope = require(user, Action.SEE_INTAKE)
    found = read_ledger(parts.engine)
    return {**found, "devices": [d for d in found["devices"] if _covers(parts, scope, d["device"])]}


def ledger_totals(parts: Parts) -> dict[str, int]:
    """The totals alone."""
    found = read_ledger(parts.engine)
    return {name: found[name] for name in TOTALS}


def quarantine(parts: Parts, user: User, wanted: QuarantineFilter, paging: Paging) -> Page[Mapping[str, Any]]:
    """Messages without their payload, newest first. Times in ns."""
    scope = require(user, Action.SEE_INTAKE)
    before = None if paging.cursor is None else integer_cursor(paging.cursor)
    items: list[Mapping[str, Any]] = []
    for _ in range(_MOST_PAGES):
        rows = list_quarantine(
            parts.engine,
            device=wanted.device,
            reason=wanted.reason,
            state=wanted.state,
            before=before,
            limit=paging.limit + 1,
        )
        items += [r for r in rows if _covers(parts, scope, r["device"])]
        if len(items) > paging.limit or len(rows) <= paging.limit:
            return Page.cut(items, paging.limit, lambda r: str(r["id"]))
        before = rows[-1]["id"]
    # Pages full of what the user may not see: the list goes on where the search was broken off.
    return Page(items, write_cursor(str(before)))


def quarantined(
    parts: Parts, user: User, number: int, action: Action = Action.SEE_INTAKE
) -> Mapping[str, Any]:
    """One message with the kept beginning of its payload (`raw`). Raises 404 or 403."""
    scope = require(user, action)
    row = get_quarantined(parts.engine, number)
    if row is None:
        raise unknown("message in quarantine", str(number), [])
    if not _covers(parts, scope, row["device"]):
        raise Problem(
            Reason.NOT_PERMITTED, f"{user.name} may not {action} for {row['device'] or 'no device'}."
        )
    return row


def replay(parts: Parts, user: User, address: str, number: int) -> HandedIn:
    """Have a message taken again, after what it was refused for was mended. Raises 404, 403, 409."""
    row = quarantined(parts, user, number, Action.REPLAY_QUARANTINE)
    found = replayable(parts.engine, number)
    if isinstance(found, NotReplayable):
        remedies = {
            NotReplayable.CUT_OFF: "Not all of its payload was kept: have the device send it again.",
            NotReplayable.REPLAYED: "All of its readings were taken already.",
        }
        raise Problem(
            Reason.NOT_IN_THIS_STATE,
            f"Message {number} cannot be taken again ({found}).",
            remedy=remedies.get(found),
            why=found.value,
        )
    deed = Deed("quarantine.replay", str(number), details={"device": row["device"], "reason": row["reason"]})
    with parts.engine.begin() as connection:
        now = parts.clock.now_ns()
        request = submit_replay(connection, number, user.name, now)
        record(connection, now, Caller(user.name, address), deed)
    return _outcome(parts, request)


def enter(
    parts: Parts, user: User, address: str, typed: Sequence[Typed], note: str | None = None
) -> HandedIn:
    """Hand in values typed by a person. Raises 404 or 403 for a point, 422 for one that is computed."""
    require(user, Action.ENTER_READING)
    for one in typed:
        _check_point(parts, user, one.point)
    points = list(dict.fromkeys(t.point for t in typed))
    details = {"values": [[t.point, t.time, t.value] for t in typed[:50]], "note": note}
    with parts.engine.begin() as connection:
        now = parts.clock.now_ns()
        request = submit_manual(connection, typed, user.name, now)
        deed = Deed("reading.enter", ", ".join(points), details=details)
        record(connection, now, Caller(user.name, address), deed)
    return _outcome(parts, request)


def _check_point(parts: Parts, user: User, point_id: str) -> None:
    point = parts.plant.points.get(point_id)
    if point is None:
        raise unknown("point", point_id, near(parts, point_id))
    asset = parts.plant.assets[point.asset]
    require_at(user, Action.ENTER_READING, asset.site, asset.family)
    if point.derived:
        raise invalid("point", point_id, "it is computed from others: enter the values that it comes from")


def _outcome(parts: Parts, request: str) -> HandedIn:
    """Wait a little: the collector's answer is most often there at once."""
    for _ in range(_LOOKS):
        found = outcome_of(parts.engine, request)
        if found is not None:
            return HandedIn(request, found)
        time.sleep(PATIENCE_S / _LOOKS)
    return HandedIn(request, outcome_of(parts.engine, request))


def _covers(parts: Parts, scope: Scope, device: str | None) -> bool:
    """Whether the device carries something within the scope; unknown ones are seen by those who see all."""
    carried = parts.plant.by_device.get(device or "", [])
    return scope.unlimited or any(scope.covers(a.site, a.family) for a in carried)
