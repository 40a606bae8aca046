"""Alarms as people see and treat them: lists, one alarm's story, and what can be done to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from analytics.alarms.alarm import Alarm
from analytics.alarms.errors import ConflictError, LostRaceError, NotAllowedError, UnknownAlarmError
from analytics.alarms.queries import AlarmFilter
from analytics.alarms.state import State
from api.audit import Caller, Deed, record_alone
from api.pages import Page, Paging, read_cursor, write_cursor
from api.parts import Parts
from api.problems import Problem, Reason, invalid
from api.rights import Action, User
from api.services.permission import require, require_at

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLACE = re.compile(r"[0-9]{1,19}\.[0-9a-f-]{36}")
_STORY = 500
NOT_NORMAL = tuple(s.value for s in State if s is not State.NORMAL)


@dataclass(frozen=True, slots=True)
class AlarmQuery:
    """Which alarms are wanted. since_ns: all that began after it; else, without states, those not normal."""

    states: Collection[str] = ()
    priorities: Collection[str] = ()
    asset: str | None = None
    site: str | None = None
    family: str | None = None
    rule: str | None = None
    since_ns: int | None = None


def listed(parts: Parts, user: User, wanted: AlarmQuery, paging: Paging) -> Page[Alarm]:
    """Alarms within the user's rights, newest first."""
    scope = require(user, Action.SEE_ALARMS)
    states = wanted.states or (NOT_NORMAL if wanted.since_ns is None else None)
    asked = AlarmFilter(
        state=states,
        priority=wanted.priorities or None,
        asset=wanted.asset,
        site=wanted.site,
        family=wanted.family,
        rule=wanted.rule,
        since=wanted.since_ns,
        within=None if scope.unlimited else scope.pairs,
    )
    place = None if paging.cursor is None else _place(paging.cursor)
    with _answered():
        found = parts.alarms.list(asked, cursor=place, limit=paging.limit)
    return Page(found.items, found.next and write_cursor(found.next))


def get(parts: Parts, user: User, alarm_id: str, action: Action = Action.SEE_ALARMS) -> Alarm:
    """One alarm, if the user may do that to it. Raises 404 or 403."""
    require(user, action)
    if not _ID.fullmatch(alarm_id):
        raise Problem(Reason.NOT_FOUND, f"{alarm_id[:60]!r} is no alarm's id.")
    with _answered():
        alarm = parts.alarms.get(alarm_id)
    require_at(user, action, alarm.site, alarm.family)
    return alarm


def story(parts: Parts, user: User, alarm_id: str) -> Sequence[dict[str, Any]]:
    """The alarm's transitions, oldest first."""
    get(parts, user, alarm_id)
    return parts.alarms.transitions(alarm_id=alarm_id, limit=_STORY)


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody's hand on one alarm. version: the alarm as they saw it; None: as it is now."""

    parts: Parts
    user: User
    address: str
    alarm_id: str
    version: int | None = None

    def acknowledge(self, comment: str | None = None) -> Alarm:
        """I have seen it."""
        service = self.parts.alarms
        return self._do(
            Action.ACKNOWLEDGE,
            lambda i: service.acknowledge(i, self.user.name, comment=comment, version=self.version),
        )

    def reset(self) -> Alarm:
        """Let go of a latched alarm whose condition is gone; the equipment itself is not touched."""
        service = self.parts.alarms
        return self._do(
            Action.ACKNOWLEDGE, lambda i: service.reset(i, self.user.name, version=self.version), "reset"
        )

    def comment(self, comment: str) -> Alarm:
        """Add a remark."""
        service = self.parts.alarms
        return self._do(
            Action.COMMENT, lambda i: service.comment(i, self.user.name, comment, version=self.version)
        )

    def shelve(self, reason: str, duration_ns: int, *, one_shot: bool = False) -> Alarm:
        """Lay it aside for a time."""
        service = self.parts.alarms
        return self._do(
            Action.SHELVE,
            lambda i: service.shelve(
                i,
                self.user.name,
                reason=reason,
                duration_ns=duration_ns,
                one_shot=one_shot,
                version=self.version,
            ),
        )

    def unshelve(self) -> Alarm:
        """Take it back from the shelf."""
        service = self.parts.alarms
        return self._do(
            Action.SHELVE, lambda i: service.unshelve(i, self.user.name, version=self.version), "unshelve"
        )

    def suppress(self, reason: str, until_ns: int) -> Alarm:
        """Planned suppression, with an end."""
        service = self.parts.alarms
        return self._do(
            Action.SUPPRESS,
            lambda i: service.suppress(
                i, self.user.name, reason=reason, until_ns=until_ns, version=self.version
            ),
        )

    def out_of_service(self, reason: str, until_ns: int | None = None) -> Alarm:
        """Take it out of service."""
        service = self.parts.alarms
        return self._do(
            Action.OUT_OF_SERVICE,
            lambda i: service.out_of_service(
                i, self.user.name, reason=reason, until_ns=until_ns, version=self.version
            ),
        )

    def return_to_service(self) -> Alarm:
        """Put it back into service."""
        service = self.parts.alarms
        return self._do(
            Action.OUT_OF_SERVICE,
            lambda i: service.return_to_service(i, self.user.name, version=self.version),
            "return_to_service",
        )

    def _do(self, action: Action, deed: Callable[[str], Alarm], name: str | None = None) -> Alarm:
        get(self.parts, self.user, self.alarm_id, action)
        with _answered():
            after = deed(self.alarm_id)
        done = Deed(
            f"alarm.{name or action}", self.alarm_id, details={"asset": after.asset, "rule": after.rule}
        )
        record_alone(self.parts.engine, self.parts.clock, Caller(self.user.name, self.address), done)
        return after


@contextmanager
def _answered() -> Iterator[None]:
    """The alarm service's errors as problems."""
    try:
        yield
    except UnknownAlarmError as error:
        raise Problem(Reason.NOT_FOUND, str(error)) from None
    except ConflictError as error:
        raise Problem(Reason.CHANGED_MEANWHILE, str(error), version=error.now) from None
    except LostRaceError:
        raise Problem(Reason.CHANGED_MEANWHILE, "Somebody else was changing this alarm.") from None
    except NotAllowedError as error:
        raise Problem(Reason.INVALID, str(error), remedy=str(error)) from None


def _place(cursor: str) -> str:
    place = read_cursor(cursor)
    if not _PLACE.fullmatch(place) or int(place.partition(".")[0]) >= 1 << 63:
        raise invalid("cursor", cursor, "use the value of `next` of the page before, unchanged")
    return place
