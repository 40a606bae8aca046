"""A batch as a table per kind: one row per asset and time, one column per point, filled forward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics import segments
from analytics.arrivals import Arrivals
from analytics.filling import LONGEST_PACE, NEVER, Sources, Wide
from analytics.layout import KindLayout
from analytics.memory import State
from analytics.segments import Bools, Rows
from collector.reading import Int32s, Int64s
from config.expression import Column


class Columns(dict[str, Column]):
    """Columns by name; a parameter becomes a column when it is first asked for."""

    def __init__(self, layout: KindLayout, asset: Int32s) -> None:
        super().__init__()
        self._layout, self._asset = layout, asset

    def __missing__(self, name: str) -> Column:
        self[name] = self._layout.parameter(name)[self._asset]
        return self[name]


@dataclass(frozen=True)
class KindFrame:
    """Rows of one kind's assets, by asset, each asset's in the order in which they count.

    asset: int32[r], place of the asset in the layout. time: int64[r], UTC ns, never falling within an asset.
    until: int64[r], up to when the row was the latest that was known. fresh: bool[p, r], measured in this row
    (not filled from an earlier one). columns: float64[r] by name; NaN: not known (never heard, silent, or
    out of plausible range). present: the assets that have rows; begins, ends: first and last row of each;
    run: int[r], which of them a row is of; arrived: int64, when the first row of each came (UTC ns).
    """

    layout: KindLayout
    asset: Int32s
    time: Int64s
    until: Int64s
    fresh: Bools
    columns: Columns
    run: Rows
    present: Int32s
    begins: Rows
    ends: Rows
    arrived: Int64s

    def __len__(self) -> int:
        return len(self.time)

    @cached_property
    def wide(self) -> Wide:
        """Places of the rows when a row of what was known before goes ahead of each asset's."""
        return Wide.of(self.begins, self.run)

    def unknown(self, names: Iterable[str]) -> Bools:
        """Rows in which any of these columns is not known."""
        found = np.zeros(len(self), dtype=np.bool_)
        for name in names:
            found |= self._unknown(name)
        return found

    def _unknown(self, name: str) -> Bools:
        if name not in self._nan:
            self._nan[name] = np.isnan(self.columns[name])
        return self._nan[name]

    @cached_property
    def _nan(self) -> dict[str, Bools]:
        return {}


class FrameBuilder:
    """Builds one kind's frames and remembers what was last known of each asset."""

    def __init__(self, layout: KindLayout) -> None:
        n, p = len(layout.assets), len(layout.points)
        self.layout = layout
        self.value = np.full((n, p), np.nan)
        self.time = np.full((n, p), NEVER, dtype=np.int64)
        self.pace = np.full((n, p), LONGEST_PACE, dtype=np.int64)
        self.row_time = np.full(n, NEVER, dtype=np.int64)

    def build(self, arrived: Arrivals, now_ns: int) -> KindFrame | None:
        """The frame of what arrived for this kind (slots numbered from 0); None if nothing new did.

        now_ns: when the last of the batches came.
        """
        arrived = self._newer(arrived)
        if len(arrived) == 0:
            return None
        row_of, first = _row_starts(arrived)
        rows, entry = self._rows(arrived, first), arrived.entry[first]
        columns = Columns(self.layout, rows.asset)
        fresh = self._fill(columns, arrived, row_of, rows)
        self.row_time[rows.present] = rows.time[rows.ends]
        return KindFrame(
            layout=self.layout,
            asset=rows.asset,
            time=rows.time,
            until=_until(rows.time, entry, rows.ends, arrived.received, now_ns),
            fresh=fresh,
            columns=columns,
            begins=rows.begins,
            run=rows.run,
            present=rows.present,
            ends=rows.ends,
            arrived=arrived.received[entry[rows.begins]],
        )

    def _rows(self, arrived: Arrivals, first: Rows) -> _RowsOfAssets:
        asset = arrived.slot[first]
        begins = segments.starts(asset)
        run = np.repeat(np.arange(len(begins)), segments.lengths(begins, len(asset)))
        # A row that comes after later ones counts from when it is known: what was decided stays decided.
        time = segments.running_max(np.maximum(arrived.time[first], self.row_time[asset]), run)
        return _RowsOfAssets(asset, time, begins, run)

    def known(self, asset: int, point: str) -> float:
        """What was last measured of a point, NaN if nothing; asset: its place in the layout."""
        return float(self.value[asset, self.layout.column[point]])

    def save(self) -> State:
        """What was last known, one row per asset; per point `point|what`."""
        saved: State = {"row_time": self.row_time}
        for place, name in enumerate(self.layout.points):
            saved[f"{name}|value"] = self.value[:, place]
            saved[f"{name}|time"] = self.time[:, place]
            saved[f"{name}|pace"] = self.pace[:, place]
        return saved

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take it back; points that are new since then start unknown."""
        self.row_time[:] = saved["row_time"]
        for place, name in enumerate(self.layout.points):
            if f"{name}|value" in saved:
                self.value[:, place] = saved[f"{name}|value"]
                self.time[:, place] = saved[f"{name}|time"]
                self.pace[:, place] = saved[f"{name}|pace"]

    def _newer(self, arrived: Arrivals) -> Arrivals:
        """Without readings that are no newer than what is known of their point."""
        # A value that was overtaken is history: going back to it would clear or raise what is decided.
        last = self.time[arrived.slot, arrived.column]
        keep = arrived.time > last
        same = arrived.slot[1:] == arrived.slot[:-1]
        if np.any(same & (np.diff(arrived.time) < 0)):
            keep &= _rising(arrived, len(self.layout.points))
        return arrived if keep.all() else arrived.take(keep)

    def _fill(self, columns: Columns, arrived: Arrivals, row_of: Rows, rows: _RowsOfAssets) -> Bools:
        """Fill the columns forward, from a row before each asset's first that holds what was known."""
        wide = Wide.of(rows.begins, rows.run)
        at = wide.place[row_of]
        mark, latest = wide.latest(arrived.column, at, len(self.layout.points))
        known = self._sources(arrived, rows.present, latest[arrived.column, at - 1])
        table = known.value[latest]
        ends = latest[:, wide.ends]
        if self._any_silent(known, arrived, latest[arrived.column, at - 1], ends, rows):
            time = np.zeros(wide.size, dtype=np.int64)
            time[wide.place] = rows.time
            silent = known.age(latest, time) > known.limit(latest, self.layout.silent_after[:, None])
            table[silent] = np.nan
        for column, name in enumerate(self.layout.points):
            columns[name] = table[column, wide.place]
        present = rows.present
        self.value[present], self.time[present] = known.value[ends].T, known.time[ends].T
        self.pace[present] = known.pace[ends].T
        return mark[:, wide.place]

    def _sources(self, arrived: Arrivals, present: Int32s, before: Rows) -> Sources:
        value = np.concatenate((self.value[present].ravel(), arrived.value))
        time = np.concatenate((self.time[present].ravel(), arrived.time))
        pace = np.where(time[before] == NEVER, LONGEST_PACE, arrived.time - time[before])
        return Sources(value, time, np.concatenate((self.pace[present].ravel(), pace)))

    def _any_silent(
        self, known: Sources, arrived: Arrivals, before: Rows, ends: Rows, rows: _RowsOfAssets
    ) -> bool:
        """Whether any point was silent too long before a reading, or at the last row of its asset."""
        silent_after = self.layout.silent_after
        waited = known.age(before, arrived.time) > known.limit(before, silent_after[arrived.column])
        waiting = known.age(ends, rows.time[rows.ends]) > known.limit(ends, silent_after[:, None])
        return bool(waited.any() or waiting.any())


@dataclass(frozen=True, slots=True)
class _RowsOfAssets:
    asset: Int32s
    time: Int64s
    begins: Rows
    run: Rows

    @property
    def present(self) -> Int32s:
        return self.asset[self.begins]

    @property
    def ends(self) -> Rows:
        return np.append(self.begins[1:], len(self.asset)) - 1


def _row_starts(arrived: Arrivals) -> tuple[Rows, Rows]:
    """The row of every reading, and the first reading of every row (same asset, batch and time)."""
    changed = (
        (arrived.slot[1:] != arrived.slot[:-1])
        | (arrived.entry[1:] != arrived.entry[:-1])
        | (arrived.time[1:] != arrived.time[:-1])
    )
    new = np.concatenate(([True], changed))
    return np.cumsum(new) - 1, np.flatnonzero(new)


def _until(time: Int64s, entry: Int32s, ends: Rows, received: Int64s, now_ns: int) -> Int64s:
    """Up to when each row was the latest known: the next row's coming, or its time if they came together."""
    following = np.append(entry[1:], entry[-1])
    until = np.where(following == entry, np.append(time[1:], now_ns), received[following])
    until[ends] = now_ns
    return np.maximum(until, time)


def _rising(arrived: Arrivals, points: int) -> Bools:
    """Readings that are newer than every one of the same point before them."""
    key = arrived.slot.astype(np.int64) * points + arrived.column
    order = np.argsort(key, kind="stable")
    time, key = arrived.time[order], key[order]
    run = np.cumsum(np.concatenate(([0], key[1:] != key[:-1])))
    newest = segments.running_max(time, run)
    rises = np.concatenate(([True], (time[1:] > newest[:-1]) | (run[1:] != run[:-1])))
    result = np.empty(len(order), dtype=np.bool_)
    result[order] = rises
    return result
