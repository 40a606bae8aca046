"""What the tests of the InfluxDB store share: three points of two boilers, and a writer with its journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from collector.journal import JournalWriter, Limits
from collector.reading import ReadingBatch
from collector.stores.influx import InfluxWriter, Place, RefusedLines, Schema, Server
from collector.stores.influx.sending import Sender
from config.clock import SECOND, ManualClock
from tests.influx_stand_in import StandIn

T0 = 1_760_000_000 * SECOND
PLACES = {
    1: Place("boiler", "north", "north/boiler-1", "supply_temp"),
    2: Place("boiler", "north", "north/boiler-1", "return_temp"),
    3: Place("boiler", "south", "south/boiler-2", "supply_temp"),
}


def batch(points: object, times: object, values: object, **more: object) -> ReadingBatch:
    return ReadingBatch.of(points, times, values, received_at=T0, **more)  # type: ignore[arg-type]


class Follower:
    """A journal and the writer that follows it; time is wound by hand, for both clocks at once."""

    def __init__(self, folder: Path, send: Callable[[ReadingBatch], None]) -> None:
        self.clock = ManualClock(T0)
        self.folder = folder / "journal"
        self.journal = JournalWriter(self.folder, clock=self.clock, limits=Limits(min_free_bytes=0))
        self._send = send
        self.writer = self.started()

    def started(self) -> InfluxWriter:
        rng = np.random.default_rng(1)
        return InfluxWriter(
            self._send, [self.folder], self.clock, rng, monotonic=lambda: self.clock.now_ns() / SECOND
        )

    def add(self, readings: ReadingBatch) -> None:
        self.journal.append(readings)
        self.journal.commit()

    def close(self) -> None:
        self.writer.close()
        self.journal.close()


def sender(stand_in: StandIn, folder: Path, **options: object) -> tuple[Sender, RefusedLines]:
    refused = RefusedLines(folder, ManualClock(T0))
    server = Server(stand_in.settings, **options)  # type: ignore[arg-type]
    return Sender(server, Schema(PLACES), refused.keep), refused
