"""Both journals into their folders of Parquet, whole days out of them when their time is over."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from collector import folders
from collector.stores.embedded.writer import EmbeddedWriter
from collector.stores.moving import Health
from config.clock import DAY, HOUR, Clock
from config.settings_model import Settings

log = logging.getLogger(__name__)

_ROUND_S = 1.0


class EmbeddedMover:
    """The two writers of the embedded store; raises StoreError when another process writes the folders."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._keep_ns = settings.retention.raw
        self._trimmed = 0
        self._compacted = 0
        self._writers: list[EmbeddedWriter] = []
        with ExitStack() as closing:
            for place in (folders.measured(settings.data_dir), folders.derived(settings.data_dir)):
                writer = EmbeddedWriter(place.readings, place.journal, clock=clock)
                self._writers.append(closing.enter_context(writer))
            self._closing = closing.pop_all()

    def step(self) -> float:
        """Compact if it is time; once an hour let old days go."""
        self._compacted = sum(writer.step() for writer in self._writers)
        for writer in self._writers:
            for damage in writer.take_damage():
                log.error("journal: %s", damage)
        now = self._clock.now_ns()
        if now - self._trimmed >= HOUR:
            self._trimmed = now
            self._trim(now)
        return _ROUND_S

    def _trim(self, now_ns: int) -> None:
        """Whole days go: the cutoff is put at a midnight."""
        cutoff = (now_ns - self._keep_ns) // DAY * DAY
        for writer in self._writers:
            gone = writer.delete_before(cutoff)
            if gone:
                log.info("%d readings older than the retention were deleted", gone)

    def health(self) -> Health:
        """How many readings the last round compacted."""
        return Health(details={"compacted": self._compacted})

    def close(self) -> None:
        """Let go of both folders."""
        self._closing.close()
