"""The process `collect`: from the broker, and from people, into the journal.

hear ─▶ take ─▶ journal (fsync) ─▶ acknowledge
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from contextlib import ExitStack

import numpy as np
from sqlalchemy import Engine

from collector import folders
from collector.bookkeeper import READER as LEDGER
from collector.bookkeeper import Bookkeeper
from collector.desk import Condition, Desk, Work
from collector.intake import Intake, portions
from collector.intake.tail import recent_readings
from collector.journal import JournalError, JournalWriter, Limits
from collector.ledger import sequences_known
from collector.manual import readings_of
from collector.mqtt.deaf import Deaf
from collector.mqtt.ear import Ear, Heard
from collector.mqtt.opening import broker_address, open_ear
from collector.quarantine import Quarantined
from collector.stores import open_store
from collector.stores.embedded.writer import READER_NAME as STORE
from collector.values import NewestValues
from config.clock import Clock
from config.database import open_engine
from config.loading import load_plant
from config.plant import Plant
from config.point_numbers import StoredNumbers
from config.settings_model import Settings

log = logging.getLogger(__name__)

READERS = (STORE, "analytics", LEDGER)
"""The journal keeps what these have not read, also before they register."""
_LISTEN_S = 0.1
_TELL_S = 1.0
_PRUNE_S = 10.0
_RETRY_S = 1.0


def collect(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    """Run until `stop` is set."""
    engine = open_engine(settings.database)
    with ExitStack() as closing:
        closing.callback(engine.dispose)
        plant = load_plant(settings.facility, StoredNumbers(engine))
        journal = open_journal(settings, clock)
        closing.callback(journal.close)
        values = NewestValues(plant)
        intake = open_intake(settings, plant, journal, clock, engine=engine, values=values)
        seed = np.random.default_rng()
        ear = open_ear(broker_address(settings), intake.subscriptions, seed)
        closing.callback(ear.close)
        _rest_the_garbage_collector()
        Collector(intake, journal, ear, values=values, engine=engine, clock=clock).run(stop)


def open_journal(settings: Settings, clock: Clock) -> JournalWriter:
    """The journal of measured readings, for writing."""
    return JournalWriter(
        folders.measured(settings.data_dir).journal,
        clock=clock,
        segment_bytes=settings.journal.segment_bytes,
        limits=Limits(max_bytes=settings.journal.max_bytes, max_reader_age_ns=settings.journal.max_age),
        required_readers=READERS,
    )


def open_intake(
    settings: Settings,
    plant: Plant,
    journal: JournalWriter,
    clock: Clock,
    *,
    engine: Engine,
    values: NewestValues | None = None,
) -> Intake:
    """An intake that knows what was taken before; the books are brought up to date first."""
    books = Bookkeeper(engine, journal.folder, clock)
    books.catch_up()
    books.close()
    return Intake(
        plant,
        journal,
        clock,
        store=lambda: open_store(settings, plant, clock),
        tail=recent_readings(journal.folder),
        last=sequences_known(engine),
        observe=values.observe if values else None,
    )


def _rest_the_garbage_collector() -> None:
    """Decoded messages hold no cycles; looking for some again and again costs a seventh."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


class Collector:
    """The rounds of the intake thread."""

    def __init__(
        self,
        intake: Intake,
        journal: JournalWriter,
        ear: Ear,
        *,
        values: NewestValues,
        engine: Engine,
        clock: Clock,
    ) -> None:
        self._intake = intake
        self._journal = journal
        self._ear = ear
        self._values = values
        self._condition = Condition()
        self._desk = Desk(engine, journal.folder, clock, self._condition, self._send_command)
        self._held: list[Heard] = []
        self._work: Work | None = None
        self._full = False
        self._told = self._pruned = 0.0

    def run(self, stop: threading.Event) -> None:
        """Hear, take, acknowledge, until `stop` is set."""
        done = threading.Event()
        desk = threading.Thread(target=self._desk.run, args=(done,), name="desk")
        desk.start()
        try:
            while not stop.is_set():
                self._round(stop)
        finally:
            done.set()
            desk.join()

    def _round(self, stop: threading.Event) -> None:
        self._condition.alive = time.monotonic()
        try:
            self._take_work()
            self._hear()
            self._full = False
        except JournalError as error:
            if not self._full:
                log.error("%s: nothing is acknowledged until then: %s", Deaf.JOURNAL_FULL, error)
            self._full = True
            stop.wait(_RETRY_S)
        self._condition.deaf = Deaf.JOURNAL_FULL if self._full else self._ear.deaf
        self._condition.unchecked = self._intake.unchecked
        self._tend(self._condition.alive)

    def _hear(self) -> None:
        """What could not be journaled is held and offered again; until then nothing more is read."""
        if not self._held:
            self._held = pieces(self._ear.listen(_LISTEN_S))
        while self._held:
            self._condition.in_flight = sum(map(len, self._held))
            self._intake.take_messages(self._held[0].messages)
            self._ear.acknowledge(self._held.pop(0))
        self._condition.in_flight = 0

    def _take_work(self) -> None:
        while self._work is not None or not self._desk.work.empty():
            if self._work is None:
                self._work = self._desk.work.get_nowait()
            self._do(self._work)
            self._work = None

    def _do(self, work: Work) -> None:
        request, found = work.request, work.quarantined
        if isinstance(found, Quarantined):
            self._intake.replay(found.refused, found.id, request.id)
        elif found is not None:
            self._intake.decline(request.id, str(found))
        else:
            batch = readings_of(request.body, self._intake.directory.plant, self._intake.now_ns())
            self._intake.take_columns(batch, request.id)

    def _tend(self, now: float) -> None:
        if now - self._told >= _TELL_S:
            self._told = now
            for topic, payload in self._values.messages():
                self._ear.publish(topic, payload)
        if now - self._pruned >= _PRUNE_S:
            self._pruned = now
            self._journal.prune()

    def _send_command(self, topic: str, payload: bytes) -> None:
        self._ear.publish(topic, payload, qos=1)


def pieces(heard: Heard) -> list[Heard]:
    """Cut what was heard into what one journal entry can hold, each with its packet ids."""
    cut, start = [], 0
    for part in portions(heard.messages):
        ids = heard.ids[start : start + len(part)]
        cut.append(Heard(part, ids, heard.generation))
        start += len(part)
    return cut
