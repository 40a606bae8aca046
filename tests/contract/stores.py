"""The stores that the contract runs over: each opens a store on a folder, again and again on the same one.

Another store joins with one line in STORES.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from collector.journal import JournalWriter
from collector.reading import Int32s, ReadingBatch
from collector.stores.aggregates import Aggregates
from collector.stores.base import Store
from collector.stores.embedded import EmbeddedStore, EmbeddedWriter
from collector.stores.influx import InfluxStore, Place, RefusedLines, Schema, Server
from config.clock import ManualClock
from tests.influx import make_bucket, shared

Open = Callable[[Path], Store]


class FedByJournal:
    """The embedded store as it runs: every batch goes through the journal; every so many are compacted."""

    def __init__(self, folder: Path, compact_every: int) -> None:
        self._clock = ManualClock(1_760_000_000_000_000_000)
        self._journal = JournalWriter(folder / "journal", clock=self._clock)
        self._writer = EmbeddedWriter(folder / "readings", folder / "journal", clock=self._clock)
        self._store = EmbeddedStore(folder / "readings", folder / "journal")
        self._every = compact_every
        self._written = 0

    def write(self, batch: ReadingBatch) -> None:
        self._journal.append(batch)
        self._journal.commit()
        self._written += 1
        if self._written % self._every == 0:
            self._writer.compact()
            self._writer.maintain(quiet_for=0)

    def latest(self, points: Int32s) -> ReadingBatch:
        return self._store.latest(points)

    def range(self, points: Int32s, start_ns: int, end_ns: int, limit: int | None = None) -> ReadingBatch:
        return self._store.range(points, start_ns, end_ns, limit)

    def aggregate(self, points: Int32s, start_ns: int, end_ns: int, window_ns: int) -> Aggregates:
        return self._store.aggregate(points, start_ns, end_ns, window_ns)

    def delete_before(self, cutoff_ns: int) -> int:
        return self._writer.delete_before(cutoff_ns)

    def close(self) -> None:
        self._store.close()
        self._writer.close()
        self._journal.close()


def _influx(folder: Path) -> Store:
    """A bucket of its own for each folder; points 0 to 3 are two boilers', others are strangers."""
    bucket = hashlib.sha1(str(folder).encode()).hexdigest()
    places = {n: Place("boiler", "north", f"north/boiler-{n % 2}", f"point_{n // 2}") for n in range(4)}
    refused = RefusedLines(folder, ManualClock())
    server = Server(make_bucket(shared(), bucket), compress=True)
    return InfluxStore(server, Schema(places), refused.keep)


STORES: dict[str, Open] = {
    "embedded": lambda folder: EmbeddedStore(folder / "readings"),
    "embedded-uncompacted": lambda folder: FedByJournal(folder, 1_000_000),
    "embedded-compacted": lambda folder: FedByJournal(folder, 1),
    "embedded-in-between": lambda folder: FedByJournal(folder, 2),
    "influx": _influx,
}
