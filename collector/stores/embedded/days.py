"""Readings of any order and time, as one sorted batch per UTC day."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from collector.reading import ReadingBatch
from collector.stores.embedded.layout import day_of
from collector.stores.embedded.rows import deduplicated
from config.clock import DAY


def split_by_day(readings: ReadingBatch) -> Iterator[tuple[str, ReadingBatch]]:
    """Per day its readings by point and time, each once: the last row of the batch wins."""
    if not len(readings):
        return
    day = readings.time // DAY
    if day[0] == day[-1] and (day == day[0]).all():
        yield day_of(int(readings.time[0])), deduplicated(readings)
        return
    order = np.argsort(day, kind="stable")
    begins = np.flatnonzero(np.diff(day[order], prepend=day.min() - 1))
    for rows in np.split(order, begins[1:]):
        yield day_of(int(readings.time[rows[0]])), deduplicated(readings.take(rows))
