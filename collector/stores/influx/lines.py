"""Readings as line protocol, built in columns: readings of one asset and time stand in one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collector.reading import Int32s, Int64s, ReadingBatch
from collector.stores.influx.schema import PLAIN, Schema, field_key, head, mark_of


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Line protocol with time stamps in ns.

    ends: int64, the offset in `data` behind each line. readings: int64, how many readings the lines up to
    and including each hold. Both count from where `data` was built.
    """

    data: memoryview
    ends: Int64s
    readings: Int64s
    _begin: int = 0
    _readings_before: int = 0

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def body(self) -> memoryview:
        """The bytes of these lines."""
        return self.data[self._begin : int(self.ends[-1])] if len(self) else self.data[:0]

    @property
    def count(self) -> int:
        """Readings in these lines."""
        return int(self.readings[-1]) - self._readings_before if len(self) else 0

    def part(self, start: int, stop: int) -> Lines:
        """Lines number `start` to `stop`."""
        if start == 0:
            return Lines(
                self.data, self.ends[:stop], self.readings[:stop], self._begin, self._readings_before
            )
        begin, before = int(self.ends[start - 1]), int(self.readings[start - 1])
        return Lines(self.data, self.ends[start:stop], self.readings[start:stop], begin, before)


class LineBuilder:
    """Keeps the texts that do not change: heads of lines and names of fields."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._texts: dict[int, pa.StringArray] = {}
        self._size = 0

    def build(self, readings: ReadingBatch) -> Iterator[Lines]:
        """Lines of these readings, per quality and source; of one point and time the last one counts.

        Values must be finite: the format has no other.
        """
        if not len(readings):
            return
        slot = self._schema.slots(readings.point)
        rows = _in_lines(slot, self._schema.owner[slot], readings.time)
        mark = mark_of(readings.quality, readings.source)[rows]  # type: ignore[arg-type,index] # columns here
        for each in np.unique(mark).tolist():
            chosen = rows[mark == each]
            yield self._write(slot[chosen], readings.time[chosen], readings.value[chosen], each)

    def _write(self, slot: Int32s, time: Int64s, value: np.ndarray, mark: int) -> Lines:
        owner = self._schema.owner[slot]
        first = np.empty(len(slot), dtype=np.bool_)
        first[0] = True
        np.not_equal(owner[1:], owner[:-1], out=first[1:])
        first[1:] |= time[1:] != time[:-1]
        last = np.flatnonzero(np.append(first[1:], True))
        begun = self._table(mark).take(pa.array(slot * 2 + ~first))
        text = pc.binary_join_element_wise(begun, pc.cast(value, pa.string()), _tails(time, last), "")
        offsets = np.frombuffer(text.buffers()[1], dtype=np.int32, count=len(slot) + 1)
        return Lines(memoryview(text.buffers()[2]), offsets[last + 1].astype(np.int64), last + 1)

    def _table(self, mark: int) -> pa.StringArray:
        """Two texts per slot: what begins a line with this point, and what puts it behind another."""
        if self._size != len(self._schema.places):
            self._texts.clear()
            self._size = len(self._schema.places)
        if mark not in self._texts:
            texts = []
            for place in self._schema.places:
                key = field_key(place)
                texts += [f"{head(place, mark)} {key}=", f",{key}="]
            self._texts[mark] = pa.array(texts, pa.string())
        return self._texts[mark]


def _in_lines(slot: Int32s, owner: Int32s, time: Int64s) -> Int64s:
    """Rows by asset, time and point; the last of those of one point and time."""
    order = np.lexsort((slot, time, owner))
    slot, time = slot[order], time[order]
    again = np.append((slot[1:] == slot[:-1]) & (time[1:] == time[:-1]), False)
    return order[~again] if again.any() else order


def _tails(time: Int64s, last: Int64s) -> pa.StringArray:
    """Per reading: the time where a line ends, nothing elsewhere."""
    stamps = pc.binary_join_element_wise(pc.cast(time[last], pa.string()), "\n", "")
    stamps = pc.binary_join_element_wise("", stamps, " ")
    choice = np.zeros(len(time), dtype=np.int32)
    choice[last] = np.arange(1, len(last) + 1, dtype=np.int32)
    return pa.concat_arrays([pa.array([""], pa.string()), stamps]).take(pa.array(choice))


__all__ = ["PLAIN", "LineBuilder", "Lines"]
