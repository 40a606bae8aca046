"""The pipeline between its journals and the database, so that a crash at any moment changes no result.

    read ─▶ pipeline ─▶ derived readings committed ─▶ alarms and the place read up to, one transaction
    now and then: memory to disk ─▶ the journal before it may go

After a crash memory is taken back and the journal read on from its place. Up to the place in the database all
is decided already: those entries only bring memory up to date. Derived readings may be written twice; stores
take them once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from analytics.alarms.changes import ConditionChange
from analytics.alarms.queries import list_active
from analytics.alarms.service import AlarmService, AlsoWritten
from analytics.pipeline import Pipeline
from analytics.progress import read_progress, write_progress
from analytics.snapshot import read_snapshot, write_snapshot
from collector import folders
from collector.journal import START, DamageReason, Entry, JournalReader, JournalWriter, Position
from config.clock import HOUR

log = logging.getLogger(__name__)

READER = "analytics"
MOST_READINGS = 250_000
PAST = HOUR
_LOG = "log"


@dataclass(frozen=True)
class Places:
    """Where things are on disk."""

    journal: Path
    derived: Path
    memory: Path

    @classmethod
    def under(cls, data_dir: Path) -> Places:
        """The places in a data folder."""
        journals = folders.measured(data_dir).journal, folders.derived(data_dir).journal
        return cls(*journals, memory=data_dir / "analytics")


@dataclass(frozen=True)
class Taken:
    """What one step did. last: whether nothing was left to read."""

    readings: int = 0
    derived: int = 0
    changes: int = 0
    last: bool = True


class Analysis:
    """Reads the journal on from where it stands; not for use by several threads."""

    def __init__(
        self, pipeline: Pipeline, alarms: AlarmService, engine: Engine, places: Places, derived: JournalWriter
    ) -> None:
        self._pipeline, self._alarms, self._engine = pipeline, alarms, engine
        self._places, self._derived = places, derived
        with engine.connect() as connection:
            self._decided = read_progress(connection) or START
        self.log_time = 0
        """Up to when the log has been read, UTC ns."""
        self.in_the_past = False
        """Whether what was read last is history that somebody loads: then the clock does not count."""
        # Without memory on disk all of it is still in the journal, from the reader's own place on.
        self._reader = JournalReader(places.journal, READER, self._take_memory_back())
        self.position = self._reader.position
        self._saved: Position | None = None
        self._settled = False
        self._settle_if_due()

    def _take_memory_back(self) -> Position | None:
        found = read_snapshot(self._places.memory)
        if found is None:
            return None
        position, state = found
        log_time, past = state.pop(_LOG)
        self.log_time, self.in_the_past = int(log_time), bool(past)
        self._pipeline.restore(state)
        return position

    def step(self, most_readings: int = MOST_READINGS) -> Taken:
        """Take the next entries, if there are any."""
        entries = self._reader.read(most_readings)
        self._look_at_damage()
        again = [e for e in entries if e.position <= self._decided]
        if again:
            self._remember(again)
        fresh = entries[len(again) :]
        for entry in entries:
            self._note_time(entry)
        taken = self._decide(fresh) if fresh else Taken()
        return replace(taken, last=sum(len(e.readings) for e in entries) < most_readings)

    def _look_at_damage(self) -> None:
        for damage in self._reader.take_damage():
            log.error("journal: %s", damage)
            if damage.reason is DamageReason.READER_AHEAD:
                # Another journal than the one that was decided on: nothing of this one is.
                self._decided = self.position = START
                self._alarms.apply([], self.log_time, also=_progress(START, self.log_time))
                self._settle_if_due()

    def _note_time(self, entry: Entry) -> None:
        if len(entry.readings):
            self.log_time = max(self.log_time, entry.readings.received_at)
            self.in_the_past = entry.written_at - entry.readings.received_at > PAST

    def _remember(self, entries: Sequence[Entry]) -> None:
        """Entries whose outcome stands in the database: they only bring memory up to date."""
        batches = [e.readings for e in entries if len(e.readings)]
        if batches:
            self._pipeline.take(batches)
        self.position = entries[-1].position
        self._settle_if_due()

    def _settle_if_due(self) -> None:
        if not self._settled and self.position >= self._decided:
            self._alarms.retire_unknown()
            with self._engine.connect() as connection:
                self._pipeline.hold_as(list_active(connection))
            self._settled = True

    def _decide(self, entries: Sequence[Entry]) -> Taken:
        self._settle_if_due()
        position = entries[-1].position
        batches = [e.readings for e in entries if len(e.readings)]
        if not batches:
            self.position = position
            return Taken()
        outcome = self._pipeline.take(batches)
        # Before the place moves on: a crash in between writes them twice, the other way round never.
        if len(outcome.derived):
            self._derived.append(outcome.derived)
            self._derived.commit()
        self._write(outcome.changes, position, self.log_time)
        self.position = position
        return Taken(sum(len(b) for b in batches), len(outcome.derived), len(outcome.changes))

    def _write(self, changes: Sequence[ConditionChange], position: Position, now_ns: int) -> None:
        if changes:
            self._alarms.apply(changes, now_ns, also=_progress(position, now_ns))
            self._decided = position

    def tick(self, now_ns: int, more: Sequence[ConditionChange] = ()) -> None:
        """All is read and time passes: delays, silence, shelving, re-alarms.

        more: changes that others saw, to be written along.
        """
        if self._settled:
            self._write([*self._pipeline.tick(now_ns), *more], self.position, now_ns)
        self._alarms.tick(now_ns)

    def excuse_silence(self, until_ns: int) -> None:
        """Intake was away until then (UTC ns): its own alarm tells of it, not one of every device."""
        self._pipeline.excuse_silence(until_ns)

    def tick_by_log(self) -> None:
        """Behind the journal it is as late as the log says: what nobody has read yet is not silence."""
        self._alarms.tick(self.log_time)

    def save(self) -> None:
        """Put memory on disk and let the journal before it go."""
        if not self._settled or self.position == self._saved:
            return
        log_read = np.array([self.log_time, self.in_the_past], dtype=np.int64)
        write_snapshot(self._places.memory, self.position, {**self._pipeline.save(), _LOG: log_read})
        self._reader.checkpoint(self.position)
        self._saved = self.position
        self._derived.prune()

    def close(self) -> None:
        """Let go of files; memory not saved is built up again from the journal."""
        self._reader.close()
        self._derived.close()


def _progress(position: Position, now_ns: int) -> AlsoWritten:
    return lambda connection: write_progress(connection, position, now_ns)
