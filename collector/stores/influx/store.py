"""InfluxDB 2 as a store of readings, measured and derived alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from collector.reading import Int32s, ReadingBatch
from collector.stores.aggregates import Aggregates, aggregate_sorted
from collector.stores.influx.ask import FIGURES, Answers, Group, groups, once, statements
from collector.stores.influx.schema import Schema
from collector.stores.influx.sending import Refuse, Sender
from collector.stores.influx.server import Server, rfc3339

_STATEMENTS_AT_ONCE = 64
_EARLIEST = "1677-09-21T00:12:43.145224194Z"


class InfluxStore:
    """The store contract over one bucket. Queries may come from several threads at once.

    Everything raises StoreAway (a StoreError) while the server does not answer. refuse: keeps what the
    server will never take.
    """

    def __init__(self, server: Server, schema: Schema, refuse: Refuse) -> None:
        self._server = server
        self._schema = schema
        self._sender = Sender(server, schema, refuse)

    def write(self, batch: ReadingBatch) -> None:
        """Store the readings; in InfluxDB's log on disk when this returns."""
        self._sender.send(batch)

    def latest(self, points: Int32s) -> ReadingBatch:
        """The newest reading of each of these points that has one, by point."""
        chosen = groups(self._schema, points, one_field=True)
        readings = self._readings(points, chosen, lambda g: statements(g, "last({})", ""))
        newest = np.append(readings.point[1:] != readings.point[:-1], True)[: len(readings)]
        return readings.take(newest)

    def range(self, points: Int32s, start_ns: int, end_ns: int, limit: int | None = None) -> ReadingBatch:
        """Readings with start_ns <= time < end_ns by point and time; of these the first `limit`."""
        when = _between(start_ns, end_ns)
        tail = "" if limit is None else f" LIMIT {max(1, limit)}"
        chosen = groups(self._schema, points, one_field=limit is not None)
        readings = self._readings(points, chosen, lambda g: statements(g, "{}", when, tail=tail))
        return readings.take(slice(limit))

    def aggregate(self, points: Int32s, start_ns: int, end_ns: int, window_ns: int) -> Aggregates:
        """Windows start_ns + k * window_ns of [start_ns, end_ns). Raises ValueError for a window of 0."""
        if window_ns < 1:
            raise ValueError(f"window_ns={window_ns}: at least 1")
        select = ", ".join(f"{figure}({{0}})" for figure in FIGURES)
        when = _between(start_ns, end_ns)
        every = f", time({window_ns}ns, {start_ns % window_ns}ns)"
        answers = Answers(self._schema, points)
        parts: list[Aggregates] = []
        chosen = groups(self._schema, points, one_field=True)
        for group, series in self._ask(
            chosen, lambda g: statements(g, select, when, every, " fill(none)", good_only=True)
        ):
            parts += answers.windows(group, series)
        return self._exact(Aggregates.concat(parts), start_ns, end_ns, window_ns)

    def _exact(self, found: Aggregates, start_ns: int, end_ns: int, window_ns: int) -> Aggregates:
        """Windows that hold plain and marked readings come twice: make these out of the readings."""
        twice = np.zeros(len(found), dtype=np.bool_)
        same = (found.point[1:] == found.point[:-1]) & (found.window[1:] == found.window[:-1])
        twice[1:], twice[:-1] = same, twice[:-1] | same
        if not twice.any():
            return found
        mixed = found.take(twice)
        begin, end = int(mixed.window.min()), min(int(mixed.window.max()) + window_ns, end_ns)
        readings = self.range(np.unique(mixed.point), begin, end)
        made = aggregate_sorted(readings, start_ns, window_ns)
        keys = set(zip(mixed.point.tolist(), mixed.window.tolist(), strict=True))
        rows = zip(made.point.tolist(), made.window.tolist(), strict=True)
        wanted = np.array([row in keys for row in rows], dtype=np.bool_)
        return Aggregates.concat([found.take(~twice), made.take(wanted)])

    def delete_before(self, cutoff_ns: int) -> int:
        """Delete readings older than the cutoff; returns how many went. Retention does it too."""
        (series,) = self._server.ask(f"SELECT count(*) FROM /.*/ WHERE time < {cutoff_ns}")  # noqa: S608 - a number
        count = sum(int(number or 0) for one in series for row in one["values"] for number in row[1:])
        if count:
            self._server.delete(_EARLIEST, rfc3339(cutoff_ns - 1))
        return count

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def _readings(
        self, points: Int32s, chosen: list[Group], question: Callable[[Group], Iterator[str]]
    ) -> ReadingBatch:
        answers = Answers(self._schema, points)
        parts: list[ReadingBatch] = []
        for group, series in self._ask(chosen, question):
            parts += answers.readings(group, series)
        return once(parts)

    def _ask(
        self, chosen: list[Group], question: Callable[[Group], Iterator[str]]
    ) -> Iterator[tuple[Group, list[dict[str, Any]]]]:
        """Every statement's group with its series, several statements in a request."""
        asked = [(group, statement) for group in chosen for statement in question(group)]
        for start in range(0, len(asked), _STATEMENTS_AT_ONCE):
            some = asked[start : start + _STATEMENTS_AT_ONCE]
            answers = self._server.ask(";".join(statement for _, statement in some))
            yield from zip((group for group, _ in some), answers, strict=True)


def _between(start_ns: int, end_ns: int) -> str:
    return f"time >= {start_ns} AND time < {end_ns}"
