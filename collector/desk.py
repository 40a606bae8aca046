"""The collector's paperwork: all that touches the database, on a thread that intake never waits for."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from collector.bookkeeper import Bookkeeper
from collector.commands import expire_commands, send_commands
from collector.inbox import Request, RequestKind, waiting
from collector.mqtt.deaf import REMEDIES, Deaf
from collector.quarantine import NotReplayable, Quarantined, replayable
from config.clock import Clock
from config.heartbeat import beat

log = logging.getLogger(__name__)

PART = "collect"
_ROUND_S = 0.2
_BEAT_S = 1.0
_BOOKS_REST = 15.0  # times what the last writing-up took
_STUCK_S = 10.0


@dataclass(frozen=True, slots=True)
class Work:
    """A request for the intake thread. quarantined: for a replay, the message, or why there is none."""

    request: Request
    quarantined: Quarantined | NotReplayable | None = None


@dataclass(slots=True)
class Condition:
    """What the intake thread says of itself; `alive` is the machine time of its last round."""

    deaf: Deaf | None = Deaf.STARTING
    in_flight: int = 0
    unchecked: int = 0
    alive: float = 0.0


class Desk:
    """Runs until `stop` is set; a database that is away is tried again, and intake goes on meanwhile."""

    def __init__(
        self,
        engine: Engine,
        journal: Path,
        clock: Clock,
        condition: Condition,
        publish: Callable[[str, bytes], None],
    ) -> None:
        self.work: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._engine = engine
        self._journal = journal
        self._clock = clock
        self._condition = condition
        self._publish = publish
        self._given: set[str] = set()
        self._books: Bookkeeper | None = None
        self._beaten = self._books_due = 0.0
        self._away = False

    def run(self, stop: threading.Event) -> None:
        """Do the rounds; the books are brought up to date once more at the end."""
        while not stop.wait(_ROUND_S):
            self.round()
        self._books_due = 0.0
        self.round()
        self._close_books()

    def round(self) -> None:
        """Books, requests, commands, heartbeat; what fails is done in the next round."""
        try:
            if self._books is None:
                self._books = Bookkeeper(self._engine, self._journal, self._clock, self._in_flight)
            self._write_up(self._books)
            self._hand_out()
            self._tend_commands()
            self._beat()
        except SQLAlchemyError as error:
            self._close_books()
            if not self._away:
                log.error("the database cannot be used (%s); intake goes on, the ledger follows later", error)
            self._away = True
            return
        if self._away:
            log.warning("the database is back")
        self._away = False

    def _write_up(self, books: Bookkeeper) -> None:
        """With many devices this costs; it never takes more than a small share of the processor."""
        began = time.monotonic()
        if began >= self._books_due:
            books.catch_up()
            self._books_due = time.monotonic() + _BOOKS_REST * (time.monotonic() - began)

    def _in_flight(self) -> int:
        return self._condition.in_flight

    def _close_books(self) -> None:
        """The next books begin at the place that the database knows."""
        if self._books is not None:
            self._books.close()
        self._books = None

    def _hand_out(self) -> None:
        open_requests = waiting(self._engine)
        self._given &= {request.id for request in open_requests}
        for request in open_requests:
            if request.id not in self._given:
                self._given.add(request.id)
                self.work.put(self._work(request))

    def _work(self, request: Request) -> Work:
        if request.kind is RequestKind.REPLAY:
            return Work(request, replayable(self._engine, int(request.body["quarantine"])))
        return Work(request)

    def _tend_commands(self) -> None:
        now = self._clock.now_ns()
        expire_commands(self._engine, now)
        if self._condition.deaf is None:
            send_commands(self._engine, self._publish, now)

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._beaten < _BEAT_S:
            return
        self._beaten = now
        state, reason = _state(self._condition, now)
        beat(self._engine, PART, self._clock, state, reason, details=_details(self._condition))


def _state(condition: Condition, now: float) -> tuple[str, str]:
    if condition.alive and now - condition.alive > _STUCK_S:
        return "stuck", f"intake has done nothing for {now - condition.alive:.0f} s"
    if condition.deaf is None:
        return "ok", ""
    return "deaf", f"{condition.deaf}: {REMEDIES[condition.deaf]}"


def _details(condition: Condition) -> Mapping[str, Any]:
    deaf = None if condition.deaf is None else str(condition.deaf)
    return {"deaf": deaf, "in_flight": condition.in_flight, "unchecked": condition.unchecked}
