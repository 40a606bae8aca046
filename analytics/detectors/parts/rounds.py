"""Splitting a batch so that each part holds a point at most once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.intp]


def rounds(rows: Rows, size: int) -> Iterator[Rows | slice]:
    """Yield selections of `rows` (values 0 ≤ row < size): the first reading of each row, the second, …

    Within a selection no row repeats, so state can be read and written by fancy indexing; across
    selections the order of the batch is kept per row. A batch without repeats is one whole slice.
    """
    if len(rows) == 0:
        return
    counts = np.bincount(rows, minlength=size)
    most = int(counts.max())
    if most == 1:
        yield slice(None)
        return
    by_row = np.argsort(rows, kind="stable")
    starts = np.cumsum(counts) - counts
    rank = np.arange(len(rows)) - starts[rows[by_row]]
    by_rank = by_row[np.argsort(rank, kind="stable")]
    yield from np.split(by_rank, np.cumsum(np.bincount(rank, minlength=most))[:-1])


class RowIndex:
    """From keys (point numbers, asset numbers) to rows of the state arrays; -1 for a key not watched."""

    def __init__(self, keys: npt.NDArray[np.int32]) -> None:
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]
        repeated = self._sorted[1:][self._sorted[1:] == self._sorted[:-1]]
        if len(repeated):
            raise ValueError(f"point {repeated[0]} is given twice to one detector: give every point once")
        self._table = self._dense()

    def _dense(self) -> npt.NDArray[np.int32] | None:
        """Row by key, where keys are so close together that a table is small (ten times as fast)."""
        if len(self._sorted) == 0 or self._sorted[0] < 0 or self._sorted[-1] > 16 * len(self._sorted) + 1024:
            return None
        table = np.full(int(self._sorted[-1]) + 2, -1, dtype=np.int32)
        table[self._sorted] = self._order
        return table

    def rows(self, keys: npt.NDArray[np.int32]) -> Rows:
        """The row of each key (int[n]), -1 where it is not watched."""
        if len(self._sorted) == 0:
            return np.full(len(keys), -1, dtype=np.intp)
        if self._table is not None:
            beyond = len(self._table) - 1
            return self._table[np.where((keys < 0) | (keys > beyond), beyond, keys)].astype(np.intp)
        place = np.searchsorted(self._sorted, keys)
        place[place == len(self._sorted)] = 0
        return np.where(self._sorted[place] == keys, self._order[place], -1)
