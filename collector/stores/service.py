"""The process `store`: moves both journals into their folders of readings, and keeps these in good order."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack

from collector import folders
from collector.stores.embedded.writer import EmbeddedWriter
from config.clock import DAY, HOUR, Clock
from config.database import open_engine
from config.heartbeat import beat
from config.settings_model import Settings

log = logging.getLogger(__name__)

PART = "store"
_ROUND_S = 1.0


def store(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    """Run until `stop` is set; what waits in the journals then is compacted by the next start."""
    engine = open_engine(settings)
    with ExitStack() as closing:
        closing.callback(engine.dispose)
        writers = [closing.enter_context(w) for w in _writers(settings, clock)]
        trimmed = 0
        while not stop.is_set():
            compacted = sum(writer.step() for writer in writers)
            _report(writers)
            now = clock.now_ns()
            beat(engine, PART, clock, details={"compacted": compacted})
            if now - trimmed >= HOUR:
                trimmed = now
                _trim(writers, settings, now)
            stop.wait(_ROUND_S)


def _writers(settings: Settings, clock: Clock) -> Iterator[EmbeddedWriter]:
    for place in (folders.measured(settings.data_dir), folders.derived(settings.data_dir)):
        yield EmbeddedWriter(place.readings, place.journal, clock=clock)


def _trim(writers: list[EmbeddedWriter], settings: Settings, now_ns: int) -> None:
    """Whole days go: the cutoff is put at a midnight."""
    cutoff = (now_ns - settings.retention.raw) // DAY * DAY
    for writer in writers:
        gone = writer.delete_before(cutoff)
        if gone:
            log.info("%d readings older than the retention were deleted", gone)


def _report(writers: list[EmbeddedWriter]) -> None:
    for writer in writers:
        for damage in writer.take_damage():
            log.error("journal: %s", damage)
