"""What every detector promises: score before it learns, scoring changes nothing, memory is bounded."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from analytics.detectors.parts.rounds import RowIndex, Rows, rounds
from collector.reading import Float64s, Int32s, Int64s
from config.text import Text

Bools = npt.NDArray[np.bool_]
State = dict[str, npt.NDArray[Any]]
Slots = Callable[[Int64s], npt.NDArray[np.intp]]
HOUR_NS = 3600 * 10**9
SECOND_NS = 10**9


def hour_of_week(time: Int64s) -> npt.NDArray[np.intp]:
    """Hour of the week (0 = Monday 00:00 UTC … 167) of each time (UTC ns).

    A facility passes its own function instead: local time, holidays answered as Sundays.
    """
    hours: npt.NDArray[np.intp] = (time // HOUR_NS + 72) % 168
    return hours


class Settings(BaseModel):
    """A detector's options as a kind file writes them; unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Band(NamedTuple):
    """What a detector held for normal: float64[n] each, in the point's unit; NaN where it cannot say."""

    low: Float64s
    centre: Float64s
    high: Float64s


class Detector(ABC):
    """Watches many points at once; state is arrays with one row per point (`group.*`: per group).

    Scores are float64 ≥ 0: 1 is the detector's own limit, above it the reading stands out. A reading that
    cannot be judged (unknown point, NaN, detector not warm) scores 0.
    """

    name: ClassVar[str]
    title: ClassVar[Text]
    settings_type: ClassVar[type[Settings]]
    warm_after: ClassVar[int] = 1
    """Readings to be learned before a score means something; a setting of this name goes first."""

    def __init__(
        self,
        points: Int32s,
        settings: Settings | Sequence[Settings] | None = None,
        *,
        groups: Int32s | None = None,
        seed: int = 0,
        slots: Slots = hour_of_week,
    ) -> None:
        """Watch `points` (int32[p], unique), with one settings object for all or one per point.

        groups: int32[p], points with the same number belong together (asset, siblings); default: each alone.
        """
        self.points = np.asarray(points, dtype=np.int32)
        self.groups = np.arange(len(self.points), dtype=np.int32) if groups is None else np.asarray(groups)
        self.seed, self.slots = seed, slots
        given = self.settings_type() if settings is None else settings
        self.settings = [given] * len(self.points) if isinstance(given, Settings) else list(given)
        if not len(self.settings) == len(self.groups) == len(self.points):
            raise ValueError(f"{self.name}: give one settings object and one group per point")
        self.option = self._columns()
        self.needed = np.broadcast_to(self.option.get("warm_after", self.warm_after), self.points.shape)
        self._index = RowIndex(self.points)
        self.state: State = {"seen": np.zeros(len(self.points), dtype=np.int64)} | self._fresh(
            len(self.points)
        )

    @abstractmethod
    def _fresh(self, size: int) -> State:
        """State of `size` points that have never been seen."""

    @abstractmethod
    def _score(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        """Score finite readings, at most one per row; must not write to `state`."""

    @abstractmethod
    def _learn(self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools) -> None:
        """Write finite readings, at most one per row, into `state`.

        Where `normal` is False (a fault is open) only what follows the signal may move (last value, last
        time), not what is held for normal.
        """

    def _score_and_learn(
        self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools
    ) -> Float64s:
        """Both in one; override it where score and learning share most of their work."""
        scores = self._score(state, rows, time, value)
        self._learn(state, rows, time, value, normal)
        return scores

    def score(self, points: Int32s, time: Int64s, values: Float64s) -> Float64s:
        """Score readings sorted by time (float64[n]); the detector is afterwards as it was before."""
        known, rows = self._known(points, values)
        state = self.state
        if len(rows) and len(np.unique(rows)) < len(rows):
            state = {key: array.copy() for key, array in state.items()}
        return self._run(state, known, rows, time, values, learn=state is not self.state)

    def learn(self, points: Int32s, time: Int64s, values: Float64s, normal: Bools | None = None) -> None:
        """Take readings sorted by time in; `normal` (bool[n], default all) is False while a fault is open."""
        known, rows = self._known(points, values)
        self._run(self.state, known, rows, time, values, normal=normal, score=False)

    def process(
        self, points: Int32s, time: Int64s, values: Float64s, normal: Bools | None = None
    ) -> Float64s:
        """Score each reading, then learn it: the same scores as reading by reading, in one pass."""
        known, rows = self._known(points, values)
        return self._run(self.state, known, rows, time, values, normal=normal)

    def warm(self, points: Int32s) -> Bools:
        """Whether each point has been seen often enough to be judged (False for unknown points)."""
        return self.confidence(points) >= 1.0

    def confidence(self, points: Int32s) -> Float64s:
        """How far the warm-up has come, 0 … 1 per point."""
        rows = self._index.rows(np.asarray(points, dtype=np.int32))
        seen = np.where(rows >= 0, self.state["seen"][rows], 0) if len(self.points) else np.zeros(len(rows))
        needed = np.where(rows >= 0, self.needed[rows], 1) if len(self.points) else np.ones(len(rows))
        return np.minimum(seen / np.maximum(needed, 1), 1.0)

    def band(self, points: Int32s, time: Int64s) -> Band:  # noqa: ARG002 - detectors with a clock use it
        """What would be normal for these points at these times; NaN where the detector holds no such idea."""
        nothing = np.full(len(points), np.nan)
        return Band(nothing, nothing, nothing)

    @property
    def nbytes(self) -> int:
        """Memory of the state in bytes; it does not grow with the readings seen."""
        return sum(array.nbytes for array in self.state.values())

    def save(self) -> State:
        """The whole memory as arrays, with the points they belong to."""
        keys: State = {"points": self.points.copy(), "groups": self.groups.copy()}
        return keys | {f"state.{key}": array.copy() for key, array in self.state.items()}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> Self:
        """Take memory back for every point known here and there; points new since then start fresh.

        Raises ValueError if the arrays are of another detector or of other options.
        """
        old, new = self._same_rows(saved)
        for key, array in self.state.items():
            found = saved.get(f"state.{key}")
            if found is None or found.shape[1:] != array.shape[1:]:
                raise ValueError(f"{self.name}: saved memory does not fit ({key}): let it learn afresh")
            if key.startswith("group."):
                array[self._group_rows(self.groups[new])] = found[_group_rows_of(saved["groups"])[old]]
            else:
                array[new] = found[old]
        return self

    def _same_rows(self, saved: Mapping[str, npt.NDArray[Any]]) -> tuple[Rows, Rows]:
        rows = self._index.rows(saved["points"].astype(np.int32))
        old = np.flatnonzero(rows >= 0)
        return old, rows[old]

    def _group_rows(self, groups: Int32s) -> Rows:
        return np.searchsorted(np.unique(self.groups), groups)

    def _known(self, points: Int32s, values: Float64s) -> tuple[Rows, Rows]:
        rows = self._index.rows(np.asarray(points, dtype=np.int32))
        known = np.flatnonzero((rows >= 0) & np.isfinite(values))
        return known, rows[known]

    def _run(
        self,
        state: State,
        known: Rows,
        rows: Rows,
        time: Int64s,
        values: Float64s,
        *,
        normal: Bools | None = None,
        score: bool = True,
        learn: bool = True,
    ) -> Float64s:
        scores = np.zeros(len(values))
        for part in self._parts(rows, time[known]):
            at, row = known[part], rows[part]
            t, v = time[at], values[at]
            warm = state["seen"][row] >= self.needed[row]
            good = np.ones(len(at), dtype=np.bool_) if normal is None else normal[at]
            if score and learn:
                scores[at] = np.where(warm, self._score_and_learn(state, row, t, v, good), 0.0)
            elif score:
                scores[at] = np.where(warm, self._score(state, row, t, v), 0.0)
            else:
                self._learn(state, row, t, v, good)
            if learn:
                state["seen"][row] += good
        return scores

    def _parts(self, rows: Rows, time: Int64s) -> Iterator[Rows | slice]:  # noqa: ARG002 - used by groups
        return rounds(rows, len(self.points))

    def _columns(self) -> dict[str, npt.NDArray[Any]]:
        distinct = {id(one): one for one in self.settings}
        order = {key: place for place, key in enumerate(distinct)}
        rows = np.array([order[id(one)] for one in self.settings], dtype=np.intp)
        return {
            field: np.array([getattr(one, field) for one in distinct.values()])[rows]
            for field in self.settings_type.model_fields
            if distinct
        }


def _group_rows_of(groups: Int32s) -> Rows:
    return np.searchsorted(np.unique(groups), groups)
