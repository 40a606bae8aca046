"""Readings that come as columns, seen as intake sees messages: one row, and one message, each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from collector.directory import Directory
from collector.reading import ReadingBatch
from collector.wire.base import Decoded
from collector.wire.native import encode, topic_of

_MS = 1_000_000


def rows_of(batch: ReadingBatch, directory: Directory) -> Decoded:
    """The batch as rows to be judged."""
    owners = directory.device_of_point
    inside = (batch.point >= 0) & (batch.point < len(owners))
    return Decoded(
        message=np.arange(len(batch), dtype=np.int32),
        device=owners[np.where(inside, batch.point, -1)],
        point=batch.point,
        time=batch.time,
        value=batch.value,
        rejected=np.zeros(len(batch), dtype=np.uint8),
        name=lambda row: _names(batch, directory, row)[1],
    )


def source_of(batch: ReadingBatch, directory: Directory) -> Callable[[int], tuple[str, bytes]]:
    """Per row, the message that would have said the same: what quarantine keeps."""

    def source(row: int) -> tuple[str, bytes]:
        asset, name = _names(batch, directory, row)
        return topic_of(asset), encode(int(batch.time[row]) // _MS, {name: float(batch.value[row])})

    return source


def _names(batch: ReadingBatch, directory: Directory, row: int) -> tuple[str, str]:
    number = int(batch.point[row])
    point = directory.plant.by_number.get(number)
    return (point.asset, point.name) if point else ("unknown", str(number))
