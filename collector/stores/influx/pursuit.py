"""Which entries of the journal are written next: the oldest, and beside a backlog what is new too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from collector.journal import Damage, JournalReader, Position, committed_position
from collector.reading import ReadingBatch
from config.clock import Clock

READER_NAME = "store"
AT_ONCE = 50_000
"""Readings written between two looks at what is new."""
BACKLOG_S = 2.0
"""An unread entry older than this is a backlog: what is new no longer waits behind it."""

Send = Callable[[ReadingBatch], None]


class Pursuit:
    """Two places in the journal: `behind` drains it oldest first, `ahead` exists beside a backlog only.

    `ahead` starts at the end as it was when the backlog was noticed. Once `behind` has come up to that
    start, it goes on where `ahead` stands. The checkpoint is always the place of `behind`: after a crash
    what `ahead` wrote is written again, which changes nothing.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._behind = JournalReader(folder, READER_NAME)
        self._ahead: JournalReader | None = None
        self._meet: Position = self._behind.position
        self._saved: Position = self._behind.position

    @property
    def draining(self) -> bool:
        """Whether there is a backlog."""
        return self._ahead is not None

    def advance(self, send: Send) -> int:
        """Send what is new, then the oldest; returns how many. When `send` raises nothing changes."""
        self._look()
        sent = 0
        if self._ahead is not None:
            sent += self._move(self._ahead, send)
            if self._behind.position < self._meet:
                sent += self._move(self._behind, send)
            if self._behind.position >= self._meet:
                self._join()
            return sent
        return self._move(self._behind, send)

    def _look(self) -> None:
        """Begin to write what is new first when the oldest that waits is old."""
        reader = self._ahead or self._behind
        lag = reader.lag(self._clock.now_ns())
        if lag.seconds > BACKLOG_S and (lag.readings is None or lag.readings > AT_ONCE):
            if self._ahead is not None:
                self._ahead.close()
            self._meet = committed_position(self._folder)
            self._ahead = JournalReader(self._folder, None, self._meet)

    def _join(self) -> None:
        assert self._ahead is not None
        self._behind.seek(max(self._behind.position, self._ahead.position))
        self._ahead.close()
        self._ahead = None

    def _move(self, reader: JournalReader, send: Send) -> int:
        before = reader.position
        readings = ReadingBatch.concat(entry.readings for entry in reader.read(AT_ONCE))
        try:
            if len(readings):
                send(readings)
        except BaseException:
            reader.seek(before)
            raise
        return len(readings)

    def save(self) -> None:
        """Say durably that everything before the place of `behind` is stored."""
        if self._behind.position != self._saved:
            self._saved = self._behind.position
            self._behind.checkpoint(self._saved)

    def lag_readings(self) -> int:
        """Readings that wait before the place of `behind`."""
        return self._behind.lag(self._clock.now_ns()).readings or 0

    def take_damage(self) -> list[Damage]:
        """What of the journal could not be read since the last call."""
        return self._behind.take_damage()

    def close(self) -> None:
        """Save the place and let go of files."""
        self.save()
        self._behind.close()
        if self._ahead is not None:
            self._ahead.close()
