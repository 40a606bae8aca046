"""The one way to change alarms, for analytics and for people: each call is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine

from analytics.alarms import queries
from analytics.alarms.alarm import Alarm
from analytics.alarms.book import AlarmBook
from analytics.alarms.changes import ConditionChange
from analytics.alarms.errors import ConflictError, NotAllowedError, UnknownAlarmError
from analytics.alarms.holds import Hold
from analytics.alarms.queries import AlarmFilter, Count, Page
from analytics.alarms.rules import RuleBook
from analytics.alarms.state import Event
from analytics.alarms.suppression import Feeders
from analytics.alarms.transactions import in_transaction
from config.clock import DAY, Clock
from config.durations import format_duration
from config.plant import Plant

LONGEST_SHELVING = DAY
_LONGEST_TEXT = 2000


AlsoWritten = Callable[[Connection], None]
"""Something that goes into the same transaction."""


class AlarmService:
    """Alarms of one facility in its database.

    People's actions return the alarm as it stands afterwards; an action that had nothing to change (a second
    acknowledgement) returns it unchanged. They raise UnknownAlarmError, NotAllowedError, or ConflictError if
    `version` is given and is no longer the alarm's.
    """

    def __init__(
        self, engine: Engine, plant: Plant, clock: Clock, *, longest_shelving_ns: int = LONGEST_SHELVING
    ) -> None:
        self._engine, self._clock = engine, clock
        self.rules = RuleBook(plant)
        self._feeders = Feeders(plant)
        self.longest_shelving_ns = longest_shelving_ns

    # -- analytics ---------------------------------------------------------------------------------------

    def apply(self, changes: Sequence[ConditionChange], now_ns: int, also: AlsoWritten | None = None) -> None:
        """Take condition changes, and what must be written with them, in one transaction."""

        def work(connection: Connection) -> None:
            if changes:
                self._book(connection, now_ns).apply(changes)
            if also is not None:
                also(connection)

        in_transaction(self._engine, work)

    def tick(self, now_ns: int) -> None:
        """Let time pass: shelving ends, suppression is over, forgotten alarms speak again."""
        with self._engine.connect() as connection:
            due = queries.anything_due(connection, now_ns)
        if due:
            in_transaction(self._engine, lambda connection: self._book(connection, now_ns).tick())

    def retire_unknown(self) -> None:
        """Clear active alarms whose rule or asset the facility does not have any more."""

        def work(connection: Connection) -> None:
            now = self._clock.now_ns()
            gone = [key for key in queries.list_active(connection) if self.rules.find(*key) is None]
            if gone:
                self._book(connection, now).apply(ConditionChange(now, *key, active=False) for key in gone)

        in_transaction(self._engine, work)

    # -- people ------------------------------------------------------------------------------------------

    def acknowledge(
        self, alarm_id: str, who: str, *, comment: str | None = None, version: int | None = None
    ) -> Alarm:
        """Somebody has seen it."""
        return self._act(alarm_id, Event.ACKNOWLEDGED, who, comment, version)

    def reset(
        self, alarm_id: str, who: str, *, comment: str | None = None, version: int | None = None
    ) -> Alarm:
        """Let go of a latched alarm whose condition is gone. It resets this record, never the equipment."""
        return self._act(alarm_id, Event.RESET, who, comment, version)

    def comment(self, alarm_id: str, who: str, comment: str, *, version: int | None = None) -> Alarm:
        """Add a remark to the alarm's history."""
        if not comment.strip():
            raise NotAllowedError("a comment needs words")
        return self._act(alarm_id, Event.COMMENTED, who, comment, version)

    def shelve(
        self,
        alarm_id: str,
        who: str,
        *,
        reason: str,
        duration_ns: int,
        one_shot: bool = False,
        version: int | None = None,
    ) -> Alarm:
        """Lay the alarm aside for a time; one_shot: only until its condition goes, if that is sooner."""
        if not 0 < duration_ns <= self.longest_shelving_ns:
            longest = format_duration(self.longest_shelving_ns)
            raise NotAllowedError(f"an alarm can be shelved for at most {longest}: give a shorter time")
        until = self._clock.now_ns() + duration_ns
        return self._hold(
            Hold.SHELVED, alarm_id, who, reason=reason, until=until, version=version, one_shot=one_shot
        )

    def unshelve(self, alarm_id: str, who: str, *, version: int | None = None) -> Alarm:
        """Take the alarm back from the shelf."""
        return self._release(Hold.SHELVED, alarm_id, who, version)

    def suppress(
        self, alarm_id: str, who: str, *, reason: str, until_ns: int, version: int | None = None
    ) -> Alarm:
        """Planned suppression by design, with an end."""
        if until_ns <= self._clock.now_ns():
            raise NotAllowedError("a planned suppression needs an end that lies ahead")
        return self._hold(Hold.SUPPRESSED, alarm_id, who, reason=reason, until=until_ns, version=version)

    def unsuppress(self, alarm_id: str, who: str, *, version: int | None = None) -> Alarm:
        """End a planned suppression before its time."""
        return self._release(Hold.SUPPRESSED, alarm_id, who, version)

    def out_of_service(
        self,
        alarm_id: str,
        who: str,
        *,
        reason: str,
        until_ns: int | None = None,
        version: int | None = None,
    ) -> Alarm:
        """Take the alarm out of service for maintenance."""
        return self._hold(Hold.OUT_OF_SERVICE, alarm_id, who, reason=reason, until=until_ns, version=version)

    def return_to_service(self, alarm_id: str, who: str, *, version: int | None = None) -> Alarm:
        """Put the alarm back into service."""
        return self._release(Hold.OUT_OF_SERVICE, alarm_id, who, version)

    def hold_assets(
        self, what: Hold, assets: Sequence[str], who: str, *, reason: str, until_ns: int | None
    ) -> None:
        """Keep every alarm of these assets quiet: a planned window, a lay-up, a repair."""
        if what is Hold.SHELVED:
            raise NotAllowedError("alarms are shelved one by one: suppress or take out of service instead")
        text = _reason(reason)

        def work(connection: Connection) -> None:
            book = self._book(connection, self._clock.now_ns())
            for asset in assets:
                book.begin_hold(what, asset, None, who=who, reason=text, until=until_ns)

        in_transaction(self._engine, work)

    def release_assets(self, what: Hold, assets: Sequence[str], who: str) -> None:
        """End what `hold_assets` began."""

        def work(connection: Connection) -> None:
            book = self._book(connection, self._clock.now_ns())
            for hold in [h for h in book.holds.current if (h.what, h.rule) == (what, None)]:
                if hold.asset in assets:
                    book.end_hold(hold, who=who)

        in_transaction(self._engine, work)

    # -- questions ---------------------------------------------------------------------------------------

    def get(self, alarm_id: str) -> Alarm:
        """One alarm."""
        with self._engine.connect() as connection:
            return _known(connection, alarm_id)

    def list(self, wanted: AlarmFilter | None = None, *, cursor: str | None = None, limit: int = 100) -> Page:
        """Alarms that match, newest first; without `state` and `since` those that are open."""
        with self._engine.connect() as connection:
            return queries.list_alarms(connection, wanted or AlarmFilter(), cursor, limit)

    def counts(self) -> Sequence[Count]:
        """Open alarms by site, family, priority and state."""
        with self._engine.connect() as connection:
            return queries.count_open(connection)

    def transitions(
        self, after_id: int = 0, *, alarm_id: str | None = None, limit: int = 100
    ) -> Sequence[dict[str, Any]]:
        """Transitions written after the one with this row id, oldest first."""
        with self._engine.connect() as connection:
            return queries.list_transitions(connection, alarm_id=alarm_id, after=after_id, limit=limit)

    # -- how -----------------------------------------------------------------------------------------------

    def _book(self, connection: Connection, now_ns: int) -> AlarmBook:
        return AlarmBook(connection, self.rules, self._feeders, now_ns)

    def _change(
        self, alarm_id: str, version: int | None, work: Callable[[AlarmBook, Alarm], object]
    ) -> Alarm:
        def checked(connection: Connection) -> Alarm:
            alarm = _known(connection, alarm_id)
            if version is not None and version != alarm.version:
                raise ConflictError(alarm_id, version, alarm.version)
            work(self._book(connection, self._clock.now_ns()), alarm)
            return _known(connection, alarm_id)

        return in_transaction(self._engine, checked)

    def _act(self, alarm_id: str, event: Event, who: str, comment: str | None, version: int | None) -> Alarm:
        text = None if comment is None else comment[:_LONGEST_TEXT]
        return self._change(
            alarm_id, version, lambda book, alarm: book.act(alarm, event, who=who, comment=text)
        )

    def _hold(
        self,
        what: Hold,
        alarm_id: str,
        who: str,
        *,
        reason: str,
        until: int | None,
        version: int | None,
        one_shot: bool = False,
    ) -> Alarm:
        text = _reason(reason)

        def work(book: AlarmBook, alarm: Alarm) -> None:
            # An alarm that is over can be held too: its next occurrence is then quiet from the start.
            book.open.setdefault(alarm.key, alarm)
            book.begin_hold(
                what, alarm.asset, alarm.rule, who=who, reason=text, until=until, one_shot=one_shot
            )

        return self._change(alarm_id, version, work)

    def _release(self, what: Hold, alarm_id: str, who: str, version: int | None) -> Alarm:
        def work(book: AlarmBook, alarm: Alarm) -> None:
            for hold in [h for h in book.holds.current if (h.what, h.asset, h.rule) == (what, *alarm.key)]:
                book.end_hold(hold, who=who)

        return self._change(alarm_id, version, work)


def _known(connection: Connection, alarm_id: str) -> Alarm:
    alarm = queries.find_alarm(connection, alarm_id)
    if alarm is None:
        raise UnknownAlarmError(alarm_id)
    return alarm


def _reason(reason: str) -> str:
    text = reason.strip()[:_LONGEST_TEXT]
    if not text:
        raise NotAllowedError("say why: the reason stands beside the alarm for everyone to see")
    return text
