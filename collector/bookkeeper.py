"""Moves what journal entries say beside their readings into the database, each exactly once.

The place read up to is moved in the same transaction, so a crash at any moment repeats or forgets nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import BigInteger, Column, Connection, Engine, Table, Text, insert, select, update

from collector.commands import settle_answers
from collector.inbox import settle_requests
from collector.intake import blob, delta
from collector.intake.delta import Delta
from collector.journal import START, Entry, JournalReader, Position
from collector.journal.checkpoints import checkpoints
from collector.journal.committed import Committed
from collector.journal.lag import lag_of
from collector.ledger import add_delta, set_in_flight
from collector.quarantine import add_refused, settle_replays
from config.clock import SECOND, Clock
from config.database import metadata

log = logging.getLogger(__name__)

READER = "ledger"
_AT_ONCE = 500_000
_CHECKPOINT_NS = 5 * SECOND

journal_place = Table(
    "journal_place",
    metadata,
    Column("reader", Text, primary_key=True),
    Column("segment", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
)


class Bookkeeper:
    """The journal's reader for ledger, quarantine, requests and commands."""

    def __init__(
        self, engine: Engine, journal: Path, clock: Clock, in_flight: Callable[[], int] = lambda: 0
    ) -> None:
        """in_flight: messages that the collector holds and has not committed."""
        self._engine = engine
        self._journal = journal
        self._clock = clock
        self._in_flight = in_flight
        self._moved = _place(engine)
        self._reader = JournalReader(journal, READER, self._moved)
        self._checkpointed = 0
        self._beside: tuple[int, list[dict[str, str | float]]] | None = None

    def step(self) -> int:
        """Move what is new; returns the number of entries. Keeps what is in flight and lags up to date."""
        entries = self._reader.read(_AT_ONCE)
        for damage in self._reader.take_damage():
            log.error("the ledger misses what a damaged part of the journal said: %s", damage)
        beside = self._in_flight(), self._lags()
        if entries or beside != self._beside:
            with self._engine.begin() as connection:
                if entries:
                    _move(connection, entries)
                    _set_place(connection, self._reader.position)
                set_in_flight(connection, *beside)
            self._beside, self._moved = beside, self._reader.position
        self._checkpoint()
        return len(entries)

    def catch_up(self) -> None:
        """Move everything that is committed now."""
        while self.step():
            continue

    def close(self) -> None:
        """Let go of the journal."""
        self._reader.checkpoint(self._moved)
        self._reader.close()

    def _checkpoint(self) -> None:
        now = self._clock.now_ns()
        if abs(now - self._checkpointed) >= _CHECKPOINT_NS:
            self._checkpointed = now
            self._reader.checkpoint(self._moved)

    def _lags(self) -> list[dict[str, str | float]]:
        committed, now = Committed.open(self._journal), self._clock.now_ns()
        try:
            lags = {
                reader.name: lag_of(self._journal, reader.position, committed, now)
                for reader in checkpoints(self._journal)
                if reader.name != READER
            }
        finally:
            if committed is not None:
                committed.close()
        return [{"name": n, "bytes": lag.bytes, "seconds": round(lag.seconds, 1)} for n, lag in lags.items()]


def _move(connection: Connection, entries: list[Entry]) -> None:
    total = Delta()
    for entry in entries:
        total.add(delta.decode(entry.ledger))
    add_delta(connection, total)
    add_refused(connection, [r for entry in entries for r in blob.decode(entry.quarantine)])
    settle_replays(connection, total.replayed)
    settle_requests(connection, total.requests)
    settle_answers(connection, total.answers)


def _place(engine: Engine) -> Position:
    with engine.connect() as connection:
        row = connection.execute(select(journal_place).where(journal_place.c.reader == READER)).first()
    return Position(row.segment, row.offset) if row else START


def _set_place(connection: Connection, position: Position) -> None:
    values = {"segment": position.segment, "offset": position.offset}
    changed = update(journal_place).where(journal_place.c.reader == READER).values(values)
    if connection.execute(changed).rowcount == 0:
        connection.execute(insert(journal_place).values(reader=READER, **values))
