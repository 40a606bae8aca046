"""What can be told from a reading alone: whether it is one, whether its time can be, how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from collector.directory import Directory
from collector.intake.recent import Bools
from collector.reading import Int32s, Quality, UInt8s
from collector.rejected import CODES, Rejected
from collector.wire.base import NO_TIME, Decoded
from config.clock import MINUTE

AHEAD_NS = 5 * MINUTE
_FIRST_DAY = 946_684_800 * 10**9  # 2000-01-01: before it no device of ours can have measured anything


@dataclass(frozen=True, slots=True)
class Judged:
    """rejected: uint8[n], 0 or a code. quality: uint8[n], meaningful where nothing was rejected."""

    rejected: UInt8s
    quality: UInt8s


class Checks:
    """The facility's limits as columns; judges whole batches."""

    def __init__(self, directory: Directory) -> None:
        columns = directory.plant.columns
        size = len(directory.boolean)
        self._known = _padded(columns.known & ~columns.derived, size)
        self._low, self._high = _padded(columns.low, size), _padded(columns.high, size)
        self._lateness = _padded(columns.lateness_ns, size)
        self._boolean = directory.boolean

    def judge(self, rows: Decoded, received_at: int, first_seen: int | None = None) -> Judged:
        """Codes and qualities of these rows as received at that time (UTC ns).

        first_seen: when they first came, if that was before; what was the future then stays refused.
        """
        known = self._is_known(rows.point)
        points = np.where(known, rows.point, 0)
        rejected = rows.rejected.copy()
        with np.errstate(invalid="ignore"):
            values = rows.value
            _mark(rejected, ~known, Rejected.UNKNOWN_POINT)
            _mark(rejected, ~np.isfinite(values), Rejected.NOT_A_NUMBER)
            _mark(rejected, self._boolean[points] & (values != 0) & (values != 1), Rejected.WRONG_TYPE)
            _mark(rejected, rows.time == NO_TIME, Rejected.NO_TIME)
            _mark(rejected, rows.time < _FIRST_DAY, Rejected.CLOCK_NOT_SET)
            _mark(rejected, rows.time > (first_seen or received_at) + AHEAD_NS, Rejected.FROM_THE_FUTURE)
            implausible = (values < self._low[points]) | (values > self._high[points])
        late = rows.time < received_at - self._lateness[points]
        quality = np.where(late, np.uint8(Quality.UNCERTAIN), np.uint8(Quality.GOOD))
        quality[implausible] = Quality.BAD
        return Judged(rejected, quality)

    def _is_known(self, points: Int32s) -> Bools:
        inside = (points >= 0) & (points < len(self._known))
        known: Bools = inside & self._known[np.where(inside, points, 0)]
        return known


def _mark(rejected: UInt8s, rows: Bools, reason: Rejected) -> None:
    """The first reason found stands."""
    if rows.any():
        rejected[rows & (rejected == 0)] = CODES[reason]


def _padded(column: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    return np.concatenate([column, np.zeros(size - len(column), dtype=column.dtype)])
