"""Has this point ever had such a value, and ever at such an hour?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydantic import Field
from typing_extensions import override

from analytics.detectors import base
from analytics.detectors.base import HOUR_NS, Bools, Detector, State
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s, Int64s
from config.text import Text

PARTS_OF_DAY = 8
VALUES = 16
DELAY = 24
HOURS_PER_SIGMA = 12.0
SAME = 0.15
Distances = npt.NDArray[np.float32]


class Settings(base.Settings):
    """limit: sigmas of distance that are still normal; by_hour: weight of "not at this hour before"."""

    limit: float = Field(default=0.45, gt=0)
    by_hour: float = Field(default=0.4, ge=0)
    memory: float = Field(default=1000.0, gt=10)


class Novelty(Detector):
    """Distance to the nearest value seen before, in slow standard deviations.

    To it comes, by weight, the distance among what was seen near this hour (12 h away count as one sigma).
    What was seen is kept as up to 16 values for each 3 hours of the day; the closest two are merged where
    one more is needed. A value known at this hour is not looked up elsewhere. A value is learned 24 readings
    later: a new state stays new for that long.
    """

    name = "novelty"
    title = Text(en="Never seen before", zh="未曾出现的数值")
    settings_type = Settings
    warm_after = 100

    @override
    def _fresh(self, size: int) -> State:
        return {
            "known": np.full((size, PARTS_OF_DAY, VALUES), np.inf, dtype=np.float32),
            "waiting": np.zeros((size, DELAY)),
            "waiting_part": np.full((size, DELAY), -1, dtype=np.int8),
            "at": np.zeros(size, dtype=np.int64),
            "level": np.zeros(size),
            "variance": np.zeros(size),
        }

    def _sigma(self, state: State, rows: Rows) -> Float64s:
        floor = 1e-9 * np.maximum(np.abs(state["level"][rows]), 1.0)
        return np.maximum(np.sqrt(state["variance"][rows]), floor)

    @override
    def _score(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        return self._new(state, rows, time, value, self._own(state, rows, time, value))

    @override
    def _learn(self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools) -> None:
        self._queue(state, rows, time, value, normal & (self._own(state, rows, time, value) > SAME))
        self._spread(state, rows, value, normal)

    @override
    def _score_and_learn(
        self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools
    ) -> Float64s:
        own = self._own(state, rows, time, value)
        scores = self._new(state, rows, time, value, own)
        self._queue(state, rows, time, value, normal & (own > SAME))
        self._spread(state, rows, value, normal)
        return scores

    def _own(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        """Sigmas to the nearest value known at this part of the day."""
        known = state["known"][rows, _part_of_day(time)]
        known -= value[:, None].astype(np.float32)
        away: Float64s = np.abs(known, out=known).min(axis=1) / self._sigma(state, rows)
        return away

    def _new(self, state: State, rows: Rows, time: Int64s, value: Float64s, own: Float64s) -> Float64s:
        nearest, near = own.copy(), own.copy()
        new = np.flatnonzero(own > SAME)
        away = np.abs(state["known"][rows[new]] - value[new, None, None].astype(np.float32)).min(axis=2)
        away = away / self._sigma(state, rows[new])[:, None]
        steps = np.abs(np.arange(PARTS_OF_DAY) - _part_of_day(time[new])[:, None])
        hours = np.minimum(steps, PARTS_OF_DAY - steps) * (24 / PARTS_OF_DAY)
        nearest[new] = away.min(axis=1)
        near[new] = np.sqrt(away**2 + (hours / HOURS_PER_SIGMA) ** 2).min(axis=1)
        scores = (nearest + self.option["by_hour"][rows] * near) / self.option["limit"][rows]
        return np.where(np.isfinite(scores), scores, 0.0)

    def _queue(self, state: State, rows: Rows, time: Int64s, value: Float64s, new: Bools) -> None:
        """Let what is new wait its turn, and remember what has waited long enough."""
        at = state["at"][rows]
        place = at % DELAY
        part = state["waiting_part"][rows, place]
        due = part >= 0
        self._remember(state, rows[due], part[due].astype(np.intp), state["waiting"][rows[due], place[due]])
        state["waiting"][rows, place] = value
        state["waiting_part"][rows, place] = np.where(new, _part_of_day(time), -1)
        state["at"][rows] = at + 1

    def _spread(self, state: State, rows: Rows, value: Float64s, normal: Bools) -> None:
        memory = self.option["memory"][rows]
        weight = np.where(normal, 1 / np.minimum(state["seen"][rows] + 1.0, memory), 0.0)
        level, variance = state["level"][rows], state["variance"][rows]
        away = np.where(state["seen"][rows] > 0, value - level, 0.0)
        state["level"][rows] = np.where(state["seen"][rows] > 0, level + weight * away, value)
        state["variance"][rows] = variance + weight * (away**2 - variance)

    def _remember(self, state: State, rows: Rows, part: Rows, value: Float64s) -> None:
        known = state["known"][rows, part]
        fresh = np.abs(known - value[:, None]).min(axis=1) > SAME * self._sigma(state, rows)
        rows, part, known, value = rows[fresh], part[fresh], known[fresh], value[fresh]
        free = np.argmax(known, axis=1)
        line = np.arange(len(rows))
        empty = np.isinf(known[line, free])
        state["known"][rows[empty], part[empty], free[empty]] = value[empty]
        full = ~empty
        state["known"][rows[full], part[full]] = _merged(known[full], value[full])


def _part_of_day(time: Int64s) -> npt.NDArray[np.intp]:
    part: npt.NDArray[np.intp] = (time // (24 // PARTS_OF_DAY * HOUR_NS)) % PARTS_OF_DAY
    return part


def _merged(known: Distances, value: Float64s) -> Distances:
    """Add one value to each full row: the closest two of all become their mean."""
    every = np.sort(np.column_stack([known, value.astype(np.float32)]), axis=1)
    first = np.argmin(np.diff(every, axis=1), axis=1)
    line = np.arange(len(every))
    every[line, first] = (every[line, first] + every[line, first + 1]) / 2
    keep = np.ones(every.shape, dtype=np.bool_)
    keep[line, first + 1] = False
    return every[keep].reshape(known.shape)


DETECTOR = Novelty
