"""Where the stream's news comes from: transitions in the database, the journals' new entries, heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sqlalchemy import func, select

from analytics.alarms.alarm import Alarm
from analytics.alarms.tables import alarm, alarm_transition
from api.parts import Parts
from api.routes.health import HealthShape
from api.services.health import health
from api.stream.events import AlarmEvent, Event, HealthEvent, ReadingsEvent
from collector.journal import JournalReader, committed_position
from collector.reading import ReadingBatch

_PAGE = 200
_MOST_READ = 200_000


class News:
    """Reads what is new since it was last asked. Each method is called by one thread at a time."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        folders = [parts.settings.data_dir / name for name in ("journal", "derived")]
        self._journals = {folder: _reader(folder) for folder in folders}
        self._health: HealthEvent | None = None

    def last_transition(self) -> int:
        """The newest transition's row number, 0 when there is none."""
        with self._parts.engine.connect() as connection:
            return int(connection.execute(select(func.max(alarm_transition.c.id))).scalar_one() or 0)

    def transitions(self, after: int) -> Sequence[AlarmEvent]:
        """A page of transitions after that row, oldest first."""
        rows = self._parts.alarms.transitions(after, limit=_PAGE)
        if not rows:
            return []
        ids = {row["alarm_id"] for row in rows}
        with self._parts.engine.connect() as connection:
            found = connection.execute(select(alarm).where(alarm.c.id.in_(ids))).mappings()
            alarms = {row["id"]: Alarm.of(row).as_json() for row in found}
        return [AlarmEvent(row["id"], row, alarms[row["alarm_id"]]) for row in rows]

    def readings_and_health(self) -> Sequence[Event]:
        """The newest readings since the last call, and health if it is not as it was."""
        newest = self._newest()
        events: list[Event] = [ReadingsEvent(newest)] if len(newest) else []
        return [*events, *self._changed_health()]

    def _newest(self) -> ReadingBatch:
        batches = []
        for folder in self._journals:
            reader = self._journals[folder] = self._journals[folder] or _reader(folder)
            batches += [e.readings for e in reader.read(_MOST_READ)] if reader else []
        everything = ReadingBatch.concat(b for b in batches if len(b)).sorted()
        if not len(everything):
            return everything
        last_of_point = np.append(everything.point[1:] != everything.point[:-1], True)
        return everything.take(last_of_point)

    def _changed_health(self) -> Sequence[HealthEvent]:
        shape = HealthShape.of(health(self._parts.engine, self._parts.clock))
        states = {name: part.state for name, part in shape.parts.items()}
        now = HealthEvent({"status": shape.status, "parts": states})
        if now == self._health:
            return []
        self._health = now
        return [now]

    def close(self) -> None:
        """Let go of the journals."""
        for reader in self._journals.values():
            if reader is not None:
                reader.close()


def _reader(folder: Path) -> JournalReader | None:
    """A look-on from the present; None while there is no journal."""
    place = committed_position(folder)
    return None if place is None else JournalReader(folder, None, place)
