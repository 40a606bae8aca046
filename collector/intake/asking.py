"""Asks the store with bounded patience: one that is slow, stopped or away must not hold intake up."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Protocol

from collector.reading import Int32s, ReadingBatch

log = logging.getLogger(__name__)

PATIENCE_S = 1.0
FIRST_PATIENCE_S = 15.0
"""At the start nobody waits yet, and a store may have to be opened."""


class Stored(Protocol):
    """The part of a store that can say what it holds."""

    def latest(self, points: Int32s) -> ReadingBatch:
        """The newest reading of each of these points."""

    def range(self, points: Int32s, start_ns: int, end_ns: int, limit: int | None = None) -> ReadingBatch:
        """Readings with start_ns <= time < end_ns."""


Question = Callable[[Stored], ReadingBatch]


class _Asked:
    def __init__(self, question: Question) -> None:
        self.question = question
        self.answer: ReadingBatch | None = None
        self.done = threading.Event()


class Asker:
    """Opens the store at the first question, and again after a failure, on a thread of its own."""

    def __init__(self, open_store: Callable[[], Stored]) -> None:
        self._open = open_store
        self._store: Stored | None = None
        self._questions: queue.SimpleQueue[_Asked] = queue.SimpleQueue()
        self._pending: _Asked | None = None
        self._thread: threading.Thread | None = None
        self._away = False

    def ask(self, question: Question, patience_s: float = PATIENCE_S) -> ReadingBatch | None:
        """The answer; None: the store failed, or still works on this or an earlier question."""
        if self._pending is not None and not self._pending.done.is_set():
            return None
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="ask-store", daemon=True)
            self._thread.start()
        asked = self._pending = _Asked(question)
        self._questions.put(asked)
        asked.done.wait(patience_s)
        return asked.answer

    def _work(self) -> None:
        while True:
            asked = self._questions.get()
            try:
                if self._store is None:
                    self._store = self._open()
                asked.answer = asked.question(self._store)
                self._away = False
            except Exception as error:  # noqa: BLE001 - whichever store it is, its failure must not stop intake
                if not self._away:
                    log.warning("the store cannot be asked (%s): late readings are taken as new", error)
                self._away, self._store = True, None
            finally:
                asked.done.set()
