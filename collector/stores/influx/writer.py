"""The store writer for InfluxDB: follows the journals, waits as long as the server asks, loses nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from collector.journal import Damage
from collector.mqtt.backoff import BackOff
from collector.reading import ReadingBatch
from collector.stores.influx.away import StoreAway
from collector.stores.influx.pursuit import Pursuit
from config.clock import Clock

log = logging.getLogger(__name__)

_SAVE_S = 1.0


class InfluxWriter:
    """Moves journals into InfluxDB. prepare: makes the bucket, called until it succeeds once.

    Waiting is in the machine's own time, for networks live in it. `trouble` says why nothing is written
    (None: all is well).
    """

    def __init__(
        self,
        send: Callable[[ReadingBatch], None],
        journals: list[Path],
        clock: Clock,
        rng: np.random.Generator,
        *,
        prepare: Callable[[], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.trouble: StoreAway | None = None
        self._send = send
        self._prepare = prepare
        self._pursuits = [Pursuit(folder, clock) for folder in journals]
        self._backoff = BackOff(rng)
        self._monotonic = monotonic
        self._due = self._saved = monotonic()

    def step(self) -> int:
        """One round: a portion of each journal. Returns readings written; 0 while it waits for the server."""
        if self._monotonic() < self._due:
            return 0
        try:
            written = self._advance()
        except StoreAway as away:
            self._put_off(away)
            return 0
        if self._monotonic() - self._saved >= _SAVE_S:
            self.save()
        return written

    def _advance(self) -> int:
        if self._prepare is not None:
            self._prepare()
            self._prepare = None
            self._recover()
        written = sum(pursuit.advance(self._send) for pursuit in self._pursuits)
        if written:
            self._recover()
        return written

    def _put_off(self, away: StoreAway) -> None:
        """Try again when the server asked for it, else after ever longer waits."""
        wait = self._backoff.wait()
        self._due = self._monotonic() + (wait if away.retry_after is None else away.retry_after)
        if self.trouble is None or self.trouble.reason is not away.reason:
            log.error("%s", away)
        self.trouble = away

    def _recover(self) -> None:
        if self.trouble is not None:
            log.warning("InfluxDB takes readings again; %d wait in the journals", self.waiting)
        self.trouble = None
        self._backoff.reset()

    @property
    def draining(self) -> bool:
        """Whether a backlog is written beside what is new."""
        return any(pursuit.draining for pursuit in self._pursuits)

    @property
    def waiting(self) -> int:
        """Readings that wait in the journals."""
        return sum(pursuit.lag_readings() for pursuit in self._pursuits)

    def save(self) -> None:
        """Say durably how far it has come; after a crash it goes on from there."""
        self._saved = self._monotonic()
        for pursuit in self._pursuits:
            pursuit.save()

    def take_damage(self) -> list[Damage]:
        """What of the journals could not be read since the last call."""
        return [damage for pursuit in self._pursuits for damage in pursuit.take_damage()]

    def close(self) -> None:
        """Save and let go of files."""
        for pursuit in self._pursuits:
            pursuit.close()
