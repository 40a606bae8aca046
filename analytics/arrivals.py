"""Readings as they came, sorted so that each asset's stand together in the order in which they count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.layout import Layout
from collector.reading import Float64s, Int32s, Int64s, Quality, ReadingBatch, Source


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Readings of measured points that count for now, by slot, entry and time.

    value: NaN where the reading was of bad quality. entry: which batch it came in; received: int64[entries],
    when each came (UTC ns). Batches are taken as if one after the other, however many are handed in at once.
    """

    point: Int32s
    slot: Int32s
    column: Int32s
    entry: Int32s
    time: Int64s
    value: Float64s
    received: Int64s

    def __len__(self) -> int:
        return len(self.slot)

    def take(self, rows: npt.NDArray[Any] | slice) -> Arrivals:
        """Those at these rows (mask or indices)."""
        return Arrivals(
            self.point[rows],
            self.slot[rows],
            self.column[rows],
            self.entry[rows],
            self.time[rows],
            self.value[rows],
            self.received,
        )

    def between(self, first: int, last: int) -> Arrivals:
        """Those of the slots first ≤ slot < last, numbered from 0."""
        a, b = np.searchsorted(self.slot, [first, last])
        mine = self.take(slice(a, b))
        return replace(mine, slot=mine.slot - np.int32(first))


def late(batch: ReadingBatch, layout: Layout) -> npt.NDArray[np.bool_]:
    """Readings of known points that came too late to be taken for what is now.

    Intake marks them `uncertain`; that mark has other causes too, so the age is looked at again.
    """
    if not np.any(batch.quality == Quality.UNCERTAIN):
        return np.zeros(len(batch), dtype=np.bool_)
    uncertain: npt.NDArray[np.bool_] = batch.quality == Quality.UNCERTAIN
    return uncertain & (batch.received_at - batch.time > layout.lateness[batch.point])


def arrivals(batches: Sequence[ReadingBatch], layout: Layout) -> Arrivals:
    """What of these batches counts for now: late, derived and unknown readings are left out."""
    taken = [_timely(batch, layout) for batch in batches]
    joined = ReadingBatch.concat(taken)
    entry = np.repeat(np.arange(len(taken), dtype=np.int32), [len(b) for b in taken])
    slot = layout.slot[joined.point]
    order = _order(slot, entry, joined.time, layout.slots)
    value = np.where(joined.quality == Quality.BAD, np.nan, joined.value)
    return Arrivals(
        joined.point[order],
        slot[order],
        layout.column[joined.point[order]],
        entry[order],
        joined.time[order],
        value[order],
        np.maximum.accumulate([b.received_at for b in batches]),
    )


def _timely(batch: ReadingBatch, layout: Layout) -> ReadingBatch:
    known = (batch.point >= 0) & (batch.point < len(layout.slot))
    if not known.all():
        batch = batch.take(known)
    counts = (layout.slot[batch.point] >= 0) & (batch.source != Source.DERIVED) & ~late(batch, layout)
    return batch if counts.all() else batch.take(counts)


def _order(slot: Int32s, entry: Int32s, time: Int64s, slots: int) -> npt.NDArray[np.intp]:
    """By slot, entry, time. Batches mostly come sorted by time, and then one sort of small numbers does."""
    small = slot.astype(np.uint16) if slots < 1 << 16 else slot
    order = np.argsort(small, kind="stable")
    same = (slot[order][1:] == slot[order][:-1]) & (entry[order][1:] == entry[order][:-1])
    if np.any(same & (np.diff(time[order]) < 0)):
        return np.lexsort((time, entry, slot))
    return order
