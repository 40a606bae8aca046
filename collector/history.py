"""The past, taken in like live data: through the same checks into the same journal, in log time."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from sqlalchemy import Engine

from collector import folders
from collector.bookkeeper import Bookkeeper
from collector.intake.intake import Intake
from collector.journal import JournalWriter
from collector.journal.inspect import inspect
from collector.reading import ReadingBatch
from config.clock import MINUTE, Clock
from config.plant import Plant
from config.settings_model import Settings

SLICE_NS = 10 * MINUTE
"""A slice counts as received when its last reading was made: shorter than any kind's lateness."""
_LOOK_S = 0.2


class Uncommitted:
    """A journal whose commits are left to the caller: nobody waits for a slice of the past to be on disk."""

    def __init__(self, journal: JournalWriter) -> None:
        self._journal = journal

    def append(self, readings: ReadingBatch, ledger: bytes = b"", quarantine: bytes = b"") -> object:
        """As the journal does."""
        return self._journal.append(readings, ledger, quarantine)

    def commit(self) -> None:
        """Left for later."""


def take_history(
    settings: Settings,
    plant: Plant,
    clock: Clock,
    batches: Iterable[ReadingBatch],
    stop: threading.Event,
) -> bool:
    """Take batches (in order of time) into the journal; False when `stop` was set before the end."""
    journal = JournalWriter(folders.measured(settings.data_dir).journal, clock=clock)
    try:
        intake = Intake(plant, Uncommitted(journal), clock)
        for batch in batches:
            for part in slices(batch):
                intake.take_columns(part)
            journal.commit()
            if stop.is_set():
                return False
        return True
    finally:
        journal.close()


def slices(batch: ReadingBatch) -> Iterator[ReadingBatch]:
    """Cut a batch sorted by time at every ten minutes, each part received at its last reading."""
    if not len(batch):
        return
    edges = np.flatnonzero(np.diff(batch.time // SLICE_NS)) + 1
    for begin, end in zip([0, *edges.tolist()], [*edges.tolist(), len(batch)], strict=True):
        part = batch.take(slice(begin, end))
        yield replace(part, received_at=int(part.time[-1]))


def keep_books(settings: Settings, engine: Engine, clock: Clock) -> None:
    """Bring ledger and quarantine up to date, as the collector does while it runs."""
    books = Bookkeeper(engine, folders.measured(settings.data_dir).journal, clock)
    try:
        books.catch_up()
    finally:
        books.close()


def catch_up(settings: Settings, clock: Clock, readers: Iterable[str], stop: threading.Event) -> bool:
    """Wait until these readers of the journal have read it all; False when `stop` was set before."""
    wanted = set(readers)
    journal = folders.measured(settings.data_dir).journal
    while not stop.is_set():
        report = inspect(journal, clock.now_ns())
        behind = {r.name for r in report.readers if r.lag.bytes > 0}
        if wanted <= {r.name for r in report.readers} and not wanted & behind:
            return True
        stop.wait(_LOOK_S)
    return False
