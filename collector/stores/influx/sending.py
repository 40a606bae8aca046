"""Lines on their way into InfluxDB: in bodies of bounded size, split when refused, never lost in silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from collector.reading import ReadingBatch
from collector.stores.influx.lines import LineBuilder, Lines
from collector.stores.influx.schema import Schema
from collector.stores.influx.server import Taken

LINES_PER_BODY = 5_000
_SPLITS = 64
"""Bodies sent to find the lines that are refused; of more, the rest is named without being sorted out."""
NOT_FINITE = "not a finite number"

Refuse = Callable[[str, bytes, int], None]
"""Keeps what InfluxDB will never take: the reason, the lines, how many readings they hold."""


class Writes(Protocol):
    """What sending needs of the server."""

    def write(self, lines: memoryview) -> tuple[Taken, str]: ...


class Sender:
    """Writes readings. When it raises StoreAway some may be stored: send them all again."""

    def __init__(self, server: Writes, schema: Schema, refuse: Refuse) -> None:
        self._server = server
        self._builder = LineBuilder(schema)
        self._refuse = refuse

    def send(self, readings: ReadingBatch) -> None:
        """Stored, or refused and kept elsewhere, when this returns."""
        finite = np.isfinite(readings.value)
        if not finite.all():
            unfit = readings.take(~finite)
            rows = zip(unfit.point.tolist(), unfit.time.tolist(), unfit.value.tolist(), strict=True)
            named = "".join(f"point {point} at {time}: {value}\n" for point, time, value in rows)
            self._refuse(NOT_FINITE, named.encode(), len(unfit))
            readings = readings.take(finite)
        for lines in self._builder.build(readings):
            for start in range(0, len(lines), LINES_PER_BODY):
                self._send(lines.part(start, min(start + LINES_PER_BODY, len(lines))))

    def _send(self, lines: Lines) -> None:
        """Halve what is refused until the lines that are to blame stand alone."""
        waiting, sent = [lines], 0
        while waiting:
            part = waiting.pop()
            taken, words = self._server.write(part.body)
            sent += 1
            if taken is Taken.ALL:
                continue
            if len(part) > 1 and (taken is Taken.TOO_LARGE or sent < _SPLITS):
                middle = len(part) // 2
                waiting += [part.part(middle, len(part)), part.part(0, middle)]
            else:
                self._refuse(words, bytes(part.body), part.count)
