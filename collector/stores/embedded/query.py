"""Answer one question from one view: parts, rollups and tail put together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from collector.reading import Int32s, ReadingBatch
from collector.stores.aggregates import Aggregates, aggregate_sorted, combine
from collector.stores.embedded.layout import day_start
from collector.stores.embedded.manifest import Day, Part
from collector.stores.embedded.parquet import read_aggregates
from collector.stores.embedded.part_file import FileGone, PartDamaged, PartFiles
from collector.stores.embedded.rows import merged
from collector.stores.embedded.view import View
from config.clock import DAY, HOUR


class Query:
    """Points are ascending, each once. damaged: names of files to pass over; newly found ones are added."""

    def __init__(self, folder: Path, view: View, files: PartFiles, damaged: dict[str, str]) -> None:
        self._folder = folder
        self._view = view
        self._files = files
        self._damaged = damaged

    def range(self, points: Int32s, start_ns: int, end_ns: int) -> ReadingBatch:
        """Readings of [start_ns, end_ns) by point and time, each once."""
        return merged([batch for batch in self._pieces(points, start_ns, end_ns) if len(batch)])

    def _pieces(self, points: Int32s, start_ns: int, end_ns: int) -> Iterator[ReadingBatch]:
        """Later pieces win: days in order, in each day older parts first, the tail last."""
        if not len(points):
            return
        for name, day in sorted(self._view.manifest.days.items()):
            begin = day_start(name)
            if begin < end_ns and begin + DAY > start_ns:
                for part in day.parts:
                    yield self._read(part, points, start_ns, end_ns)
        for block in self._view.blocks:
            yield block.select(points, start_ns, end_ns)

    def _read(self, part: Part, points: Int32s, start_ns: int, end_ns: int) -> ReadingBatch:
        inside = (
            part.first < end_ns
            and part.last >= start_ns
            and part.low <= points[-1]
            and part.high >= points[0]
        )
        if inside and part.name not in self._damaged:
            try:
                return self._files.read(part, points, start_ns, end_ns)
            except PartDamaged as damage:
                self._damaged[part.name] = damage.reason
        return ReadingBatch.empty()

    def aggregate(self, points: Int32s, start_ns: int, end_ns: int, window_ns: int) -> Aggregates:
        """Windows of whole hours come from rollups where there are any, all others from readings."""
        days = self._days(start_ns, end_ns)
        if window_ns % HOUR == 0 and start_ns % HOUR == 0:
            hours = [row for day in days for row in self._hours(day, points, start_ns, end_ns)]
            return combine(Aggregates.concat(hours), start_ns, window_ns)
        span = -(-DAY // window_ns) * window_ns  # whole windows: about a day at a time bounds the memory
        edges = [edge for day in days for edge in (day_start(day), day_start(day) + DAY - 1)]
        spans = sorted({(min(max(edge, start_ns), end_ns - 1) - start_ns) // span for edge in edges})
        return Aggregates.concat(
            aggregate_sorted(self.range(points, low, min(low + span, end_ns)), start_ns, window_ns)
            for low in (start_ns + index * span for index in spans)
        )

    def _days(self, start_ns: int, end_ns: int) -> list[str]:
        """Days of the range that hold anything."""
        names = set(self._view.manifest.days).union(*(block.days for block in self._view.blocks))
        return [
            name for name in sorted(names) if day_start(name) < end_ns and day_start(name) + DAY > start_ns
        ]

    def _hours(self, name: str, points: Int32s, start_ns: int, end_ns: int) -> Iterator[Aggregates]:
        """Hourly rows of one day: from its rollup as far as that is fresh and whole hours are asked for."""
        low, high = max(start_ns, day_start(name)), min(end_ns, day_start(name) + DAY)
        day = self._view.manifest.days.get(name, Day())
        # A rollup that lacks late readings would be wrong, so then the day is read whole.
        in_tail = any(name in block.days for block in self._view.blocks)
        if day.rollup and (day.trimmed or (day.is_rolled_up and not in_tail)):
            yield self._rollup(day.rollup.name, points, low, high // HOUR * HOUR)
            low = max(low, high // HOUR * HOUR)
        if low < high:
            yield aggregate_sorted(self.range(points, low, high), 0, HOUR)

    def _rollup(self, name: str, points: Int32s, start_ns: int, end_ns: int) -> Aggregates:
        if name in self._damaged:
            return Aggregates.empty()
        try:
            rows = read_aggregates(self._folder / name)
        except FileNotFoundError as error:
            raise FileGone(name) from error
        except (OSError, pa.ArrowException) as error:
            self._damaged[name] = str(error)
            return Aggregates.empty()
        inside = (rows.window >= start_ns) & (rows.window < end_ns) & np.isin(rows.point, points)
        return rows.take(inside)
