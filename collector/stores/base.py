"""What every store of readings does; one contract suite runs over all of them."""

from __future__ import annotations

from typing import Protocol

from collector.reading import Int32s, ReadingBatch
from collector.stores.aggregates import Aggregates

__all__ = ["Aggregates", "Store", "StoreError"]


class StoreError(Exception):
    """A store cannot do what was asked; the message says what to do."""


class Store(Protocol):
    """Keeps readings, found again by point and time.

    Times are UTC nanoseconds. Results are sorted by point, then time, each point and time once. Points
    that are not known have no rows. `received_at` is not kept: it is 0 in results.
    """

    def write(self, batch: ReadingBatch) -> None:
        """Store the readings; on disk when this returns. Of one point and time the last one written stays.

        Writing the same readings again changes nothing. Any order, any time.
        """

    def latest(self, points: Int32s) -> ReadingBatch:
        """The newest reading of each of these points that has one."""

    def range(self, points: Int32s, start_ns: int, end_ns: int, limit: int | None = None) -> ReadingBatch:
        """Readings with start_ns <= time < end_ns; of these the first `limit` rows."""

    def aggregate(self, points: Int32s, start_ns: int, end_ns: int, window_ns: int) -> Aggregates:
        """Readings of [start_ns, end_ns) in windows that begin at start_ns + k * window_ns.

        Readings of bad quality are left out. A window without readings has no row. end_ns may cut the last.
        """

    def delete_before(self, cutoff_ns: int) -> int:
        """Delete readings older than the cutoff; returns how many went. Rollups may be kept."""

    def close(self) -> None:
        """Let go of files and connections."""
