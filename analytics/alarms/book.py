"""All open alarms within one transaction: conditions become occurrences, feeders keep fed assets quiet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection, select

from analytics.alarms import tables
from analytics.alarms.alarm import Alarm
from analytics.alarms.changes import ConditionChange
from analytics.alarms.holds import BEGINS, ENDS, Hold, HoldRow, Holds
from analytics.alarms.recorder import PROGRAM, Deed, Recorder
from analytics.alarms.rules import RuleBook
from analytics.alarms.state import Event, Shelving, State
from analytics.alarms.suppression import EXPLAINING_PRIORITIES, Feeders, explanation


class AlarmBook:
    """Reads what is open, applies what happened in its order, writes through the recorder."""

    def __init__(self, connection: Connection, rules: RuleBook, feeders: Feeders, now_ns: int) -> None:
        self._rules, self._feeders = rules, feeders
        self._recorder = Recorder(connection, rules, now_ns)
        self.now = now_ns
        self.holds = Holds(connection)
        table = tables.alarm
        rows = connection.execute(select(table).where(table.c.open).order_by(table.c.since, table.c.id))
        self.open: dict[tuple[str, str], Alarm] = {}
        for row in rows.mappings():
            alarm = Alarm.of(row)
            self.open[alarm.key] = alarm

    def apply(self, changes: Iterable[ConditionChange]) -> None:
        """Take condition changes in order of time; at the same time causes go before what they cause."""
        for change in sorted(changes, key=lambda c: (c.at, self._feeders.depth(c.asset), c.asset, c.rule)):
            self._condition(change)

    def _condition(self, change: ConditionChange) -> None:
        alarm = self.open.get((change.asset, change.rule))
        before = alarm
        if change.active:
            alarm = self._raise(change, alarm)
        elif alarm is not None:
            alarm = self._clear(change, alarm)
        if alarm is not None and alarm != before:
            self._keep(alarm)
            self._judge_below(alarm, change.at)

    def _raise(self, change: ConditionChange, alarm: Alarm | None) -> Alarm | None:
        if alarm is not None and alarm.state is not State.NORMAL:
            return self._recorder.move(alarm, Deed(Event.RAISED, change.at), evidence=dict(change.evidence))
        facts = self._rules.find(change.asset, change.rule)
        if facts is None:
            return None
        flags, feeder = self.holds.flags(change.asset, change.rule), None
        if facts.suppressed_by_feeder:
            feeder = explanation(change.asset, self._feeders, self.open.values())
        if feeder is not None:
            flags = replace(flags, suppressed=True)
        raised = self._recorder.raise_new(facts, change, flags, feeder.id if feeder else None)
        # What a flag kept in the list makes room: one alarm per rule and asset stands in it.
        if raised is not None and alarm is not None:
            self._recorder.touch(alarm, open=False)
        return raised

    def _clear(self, change: ConditionChange, alarm: Alarm) -> Alarm:
        shelving = alarm.shelving
        alarm = self._recorder.move(alarm, Deed(Event.CLEARED, change.at))
        if shelving is Shelving.ONE_SHOT and not alarm.shelved:
            for hold in [h for h in self.holds.current if h.one_shot and h.covers(*alarm.key)]:
                self.holds.end(hold, at=self.now, who=PROGRAM)
        if alarm.release_at is not None:
            self._keep(alarm)
            return self._release(alarm, change.at)
        return alarm

    def _keep(self, alarm: Alarm) -> None:
        if alarm.open:
            self.open[alarm.key] = alarm
        else:
            self.open.pop(alarm.key, None)

    def _judge_below(self, alarm: Alarm, at: int) -> None:
        """After an alarm that may explain others: which of them are quiet because of it, and no longer."""
        below = self._feeders.below.get(alarm.asset)
        if below and alarm.priority in EXPLAINING_PRIORITIES:
            for fed in [a for a in self.open.values() if a.asset in below]:
                self._judge_fed(fed, at)

    def _judge_fed(self, alarm: Alarm, at: int) -> None:
        facts = self._rules.find(*alarm.key)
        if facts is None or not facts.suppressed_by_feeder:
            return
        feeder = explanation(alarm.asset, self._feeders, self.open.values())
        if feeder is None:
            if alarm.suppressed_by is not None and alarm.release_at is None:
                self._let_go(alarm, at, facts.on_delay_ns)
        elif alarm.suppressed_by is None:
            if alarm.state.active:
                self._suppress(alarm, feeder, at)
        elif alarm.suppressed_by != feeder.id or alarm.release_at is not None:
            self._keep(self._recorder.touch(alarm, suppressed_by=feeder.id, release_at=None))

    def _let_go(self, alarm: Alarm, at: int, on_delay_ns: int) -> None:
        """What was fed needs its own delay to recover before its alarm says anything of its own."""
        if on_delay_ns and alarm.state.active:
            self._keep(self._recorder.touch(alarm, release_at=at + on_delay_ns))
        else:
            self._release(alarm, at)

    def _suppress(self, alarm: Alarm, feeder: Alarm, at: int) -> None:
        if alarm.suppressed:
            self._keep(self._recorder.touch(alarm, suppressed_by=feeder.id))
        else:
            self._keep(self._recorder.move(alarm, Deed(Event.SUPPRESSED, at), suppressed_by=feeder.id))

    def _release(self, alarm: Alarm, at: int) -> Alarm:
        if self.holds.flags(*alarm.key).suppressed:
            alarm = self._recorder.touch(alarm, suppressed_by=None, release_at=None)
        else:
            deed = Deed(Event.UNSUPPRESSED, at)
            alarm = self._recorder.move(alarm, deed, suppressed_by=None, release_at=None)
        self._keep(alarm)
        return alarm

    def tick(self) -> None:
        """What the clock alone brings: holds end, suppression is over, forgotten alarms speak again."""
        for hold in self.holds.due(self.now):
            self.end_hold(hold, who=PROGRAM)
        for alarm in list(self.open.values()):
            if alarm.release_at is not None and alarm.release_at <= self.now:
                self._release(alarm, self.now)
            elif alarm.realarm_at is not None and alarm.realarm_at <= self.now:
                self._keep(self._recorder.move(alarm, Deed(Event.REALARMED, self.now)))

    def begin_hold(
        self,
        what: Hold,
        asset: str,
        rule: str | None,
        *,
        who: str,
        reason: str,
        until: int | None,
        one_shot: bool = False,
    ) -> None:
        """Keep one alarm, or all of an asset, quiet from now on."""
        self.holds.begin(
            what, asset, rule, since=self.now, until=until, who=who, reason=reason, one_shot=one_shot
        )
        event = Event.SHELVED_ONCE if one_shot else BEGINS[what]
        for alarm in [a for a in self.open.values() if a.asset == asset and rule in (None, a.rule)]:
            self._keep(self._recorder.move(alarm, Deed(event, self.now, who, reason)))
            self._judge_below(alarm, self.now)

    def end_hold(self, hold: HoldRow, *, who: str) -> None:
        """End a hold; alarms that nothing else keeps quiet are judged anew."""
        self.holds.end(hold, at=self.now, who=who)
        for alarm in [a for a in self.open.values() if hold.covers(*a.key)]:
            flags = self.holds.flags(*alarm.key)
            still = {
                Hold.SHELVED: flags.shelved,
                Hold.SUPPRESSED: flags.suppressed or alarm.suppressed_by is not None,
                Hold.OUT_OF_SERVICE: flags.out_of_service,
            }
            if not still[hold.what]:
                self._keep(self._recorder.move(alarm, Deed(ENDS[hold.what], self.now, who)))
                self._judge_below(alarm, self.now)

    def act(self, alarm: Alarm, event: Event, *, who: str, comment: str | None) -> Alarm:
        """A person's acknowledgement, reset or comment."""
        after = self._recorder.move(alarm, Deed(event, self.now, who, comment))
        self._keep(after)
        return after
