"""Whether a reading was taken before: the same again is a duplicate, another value a conflict."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from collector.intake.asking import FIRST_PATIENCE_S, Asker, Stored
from collector.intake.recent import Bools, Recent
from collector.reading import Float64s, Int32s, Int64s, ReadingBatch, UInt8s
from config.clock import DAY

NEW, DUPLICATE, CONFLICT = 0, 1, 2


class Duplicates:
    """Judges readings against all that was stored. One newer than any of its point costs next to nothing."""

    def __init__(self, points: int, store: Callable[[], Stored] | None = None) -> None:
        """store: opens what is asked beyond memory, at the first question and again after a failure."""
        self._recent = Recent(points)
        self._asker = Asker(store) if store is not None else None
        self.unchecked = 0
        """Readings taken as new because the store could not be asked."""

    def start_from(self, tail: ReadingBatch, points: Int32s) -> None:
        """Begin knowing what is stored: the store's newest of `points` and the journal's latest readings."""
        stored = self._asker.ask(lambda s: s.latest(points), FIRST_PATIENCE_S) if self._asker else None
        tail = tail.take(tail.point < len(self._recent.newest))
        for batch in (stored, tail):
            if batch is not None and len(batch):
                order = np.argsort(batch.time, kind="stable")
                self._recent.start_at(batch.point[order], batch.time[order])
        if len(tail):
            tail = _first_of_each(tail)
            self._recent.add(tail.point, tail.time, tail.value)

    def judge(self, point: Int32s, time: Int64s, value: Float64s) -> UInt8s:
        """NEW, DUPLICATE or CONFLICT per reading, those earlier in the batch taken into account."""
        verdict = np.zeros(len(point), dtype=np.uint8)
        if not self._recent.all_differ(point):
            _judge_within(verdict, point, time, value)
        old = time <= self._recent.newest[point]
        if old.any():
            rows = np.flatnonzero(old)
            known = self._judge_old(point[rows], time[rows], value[rows])
            verdict[rows] = np.where(known == NEW, verdict[rows], known)
        return verdict

    def remember(self, point: Int32s, time: Int64s, value: Float64s) -> None:
        """These were stored."""
        self._recent.add(point, time, value)

    def _judge_old(self, point: Int32s, time: Int64s, value: Float64s) -> UInt8s:
        found = self._recent.find(point, time)
        there, known = found.there, found.value
        asked = np.flatnonzero(~found.certain)
        if len(asked):
            there[asked], known[asked] = self._in_store(point[asked], time[asked])
        return np.where(there, np.where(known == value, DUPLICATE, CONFLICT), NEW).astype(np.uint8)

    def _in_store(self, point: Int32s, time: Int64s) -> tuple[Bools, Float64s]:
        there, value = np.zeros(len(point), dtype=np.bool_), np.full(len(point), np.nan)
        day = time // DAY
        for number in np.unique(day):
            rows = np.flatnonzero(day == number)
            there[rows], value[rows] = self._in_day(point[rows], time[rows])
        return there, value

    def _in_day(self, point: Int32s, time: Int64s) -> tuple[Bools, Float64s]:
        start, end = int(time.min()), int(time.max()) + 1
        held = ReadingBatch.empty()
        if self._asker is not None:
            answer = self._asker.ask(lambda s: s.range(np.unique(point), start, end))
            self.unchecked += len(point) if answer is None else 0
            held = held if answer is None else answer
        held = held.take(np.isin(held.time, time))
        place = _place_of(held, point, time)
        there = place >= 0
        value = np.full(len(point), np.nan)
        value[there] = held.value[place[there]]
        return there, value


def _judge_within(verdict: UInt8s, point: Int32s, time: Int64s, value: Float64s) -> None:
    """Of readings of one point and time the first stands."""
    order = np.lexsort((time, point))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (np.diff(point[order]) != 0) | (np.diff(time[order]) != 0)
    if first.all():
        return
    leader = order[np.flatnonzero(first)[np.cumsum(first) - 1]]
    verdict[order] = np.where(first, NEW, np.where(value[order] == value[leader], DUPLICATE, CONFLICT))


def _first_of_each(batch: ReadingBatch) -> ReadingBatch:
    verdict = np.zeros(len(batch), dtype=np.uint8)
    _judge_within(verdict, batch.point, batch.time, batch.value)
    return batch.take(verdict == NEW)


def _place_of(held: ReadingBatch, point: Int32s, time: Int64s) -> Int64s:
    """The row of `held` with each point and time; -1: none."""
    index = {key: row for row, key in enumerate(zip(held.point.tolist(), held.time.tolist(), strict=True))}
    asked = zip(point.tolist(), time.tolist(), strict=True)
    return np.array([index.get(key, -1) for key in asked], dtype=np.int64)
