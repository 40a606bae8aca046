"""Writes a change of an alarm: its row if the version still fits, its transition, its outbox row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, insert, select, update

from analytics.alarms import tables
from analytics.alarms.alarm import Alarm
from analytics.alarms.changes import ConditionChange
from analytics.alarms.errors import LostRaceError
from analytics.alarms.facts import RuleFacts
from analytics.alarms.identity import event_id, occurrence_id
from analytics.alarms.quiet import quiet_reason
from analytics.alarms.rules import RuleBook
from analytics.alarms.state import Event, Flags, Outcome, Reason, State, transition

PROGRAM = "caretaker"
"""Who, when no person did it."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What happens to an alarm: the event, when (UTC ns), by whom, and their words."""

    event: Event
    at: int
    who: str = PROGRAM
    comment: str | None = None


class Recorder:
    """Changes alarms within one transaction of the caller; `now` is the clock's time of it."""

    def __init__(self, connection: Connection, rules: RuleBook, now_ns: int) -> None:
        self._db = connection
        self._rules = rules
        self.now = now_ns

    def raise_new(
        self, facts: RuleFacts, change: ConditionChange, flags: Flags, suppressed_by: str | None
    ) -> Alarm | None:
        """A new occurrence; None if this very occurrence is on record already."""
        alarm_id = occurrence_id(change.asset, change.rule, change.at)
        if self._db.execute(select(tables.alarm.c.id).where(tables.alarm.c.id == alarm_id)).first():
            return None
        state, flags, reason = transition(State.NORMAL, flags, Event.RAISED)
        alarm = Alarm(
            id=alarm_id,
            asset=facts.asset,
            site=facts.site,
            family=facts.family,
            kind=facts.kind,
            rule=facts.rule,
            state=state,
            shelving=flags.shelving,
            suppressed=flags.suppressed,
            suppressed_by=suppressed_by,
            out_of_service=flags.out_of_service,
            priority=facts.priority,
            latched=facts.latched,
            title=facts.title.model_dump(),
            likely_cause=_likely_cause(facts, change),
            guidance=facts.guidance.model_dump(),
            consequence=facts.consequence.model_dump(),
            evidence=dict(change.evidence),
            since=change.at,
            changed=change.at,
            cleared=None,
            acknowledged_by=None,
            acknowledged=None,
            realarm_at=self._realarm_at(facts.asset, facts.rule, state),
            release_at=None,
            transitions=1,
            version=1,
            open=True,
        )
        self._db.execute(insert(tables.alarm).values(**_columns(alarm)))
        self._tell(State.NORMAL, alarm, Deed(Event.RAISED, change.at), reason)
        return alarm

    def move(self, alarm: Alarm, deed: Deed, **columns: Any) -> Alarm:
        """The alarm after the deed, written; unchanged if the deed has nothing to change.

        Raises LostRaceError if another process changed it since it was read.
        """
        outcome = transition(alarm.state, alarm.flags, deed.event, latched=alarm.latched)
        if outcome.reason.unchanged:
            return alarm
        after = replace(self._after(alarm, outcome, deed), **columns)
        self._write(alarm, after)
        self._tell(alarm.state, after, deed, outcome.reason)
        return after

    def touch(self, alarm: Alarm, **columns: Any) -> Alarm:
        """Change columns that are no transition. Raises LostRaceError as `move` does."""
        after = replace(alarm, version=alarm.version + 1, **columns)
        self._write(alarm, after)
        return after

    def _after(self, alarm: Alarm, outcome: Outcome, deed: Deed) -> Alarm:
        state, flags, _ = outcome
        after = replace(
            alarm,
            state=state,
            shelving=flags.shelving,
            suppressed=flags.suppressed,
            out_of_service=flags.out_of_service,
            changed=deed.at,
            transitions=alarm.transitions + 1,
            version=alarm.version + 1,
            open=state is not State.NORMAL or flags.quiet,
        )
        if deed.event is not Event.COMMENTED:
            after = replace(after, realarm_at=self._realarm_at(alarm.asset, alarm.rule, state))
        if deed.event is Event.ACKNOWLEDGED:
            after = replace(after, acknowledged_by=deed.who, acknowledged=deed.at)
        elif state is State.UNACKNOWLEDGED and alarm.state is not State.UNACKNOWLEDGED:
            after = replace(after, acknowledged_by=None, acknowledged=None)
        if deed.event in (Event.RAISED, Event.CLEARED):
            after = replace(after, cleared=deed.at if deed.event is Event.CLEARED else None)
        return after

    def _realarm_at(self, asset: str, rule: str, state: State) -> int | None:
        facts = self._rules.find(asset, rule)
        if facts is None or facts.realarm_ns is None or not state.active:
            return None
        return self.now + facts.realarm_ns

    def _write(self, before: Alarm, after: Alarm) -> None:
        table = tables.alarm
        written = self._db.execute(
            update(table)
            .where(table.c.id == before.id, table.c.version == before.version)
            .values(**_changed_columns(before, after))
        )
        if written.rowcount != 1:
            raise LostRaceError(before.id)

    def _tell(self, from_state: State, after: Alarm, deed: Deed, reason: Reason) -> None:
        quiet = quiet_reason(after.flags, after.suppressed_by)
        row = {
            "alarm_id": after.id,
            "number": after.transitions,
            "event": deed.event.value,
            "from_state": from_state.value,
            "to_state": after.state.value,
            "shelving": after.shelving.value,
            "suppressed": after.suppressed,
            "out_of_service": after.out_of_service,
            "reason": reason.value,
            "quiet": _plain(quiet),
            "who": deed.who,
            "comment": deed.comment,
            "at": deed.at,
            "recorded": self.now,
        }
        self._db.execute(insert(tables.alarm_transition).values(**row))
        self._db.execute(
            insert(tables.outbox).values(
                event_id=event_id(after.id, after.transitions),
                topic="alarm",
                quiet=_plain(quiet),
                payload={"transition": row, "alarm": after.as_json()},
                created=self.now,
            )
        )


def _likely_cause(facts: RuleFacts, change: ConditionChange) -> dict[str, Any]:
    """What the diagnosis named first, where it named any; else what the rule says."""
    causes = change.evidence.get("causes")
    named: dict[str, Any] = causes[0]["title"] if causes else facts.cause.model_dump()
    return named


def _columns(alarm: Alarm) -> dict[str, Any]:
    return {column.name: _plain(getattr(alarm, column.name)) for column in tables.alarm.columns}


def _changed_columns(before: Alarm, after: Alarm) -> dict[str, Any]:
    old, new = _columns(before), _columns(after)
    return {name: value for name, value in new.items() if value != old[name]}


def _plain(value: Any) -> Any:
    """Database drivers disagree about string enums; a plain string is the same for all."""
    return value.value if isinstance(value, StrEnum) else value
