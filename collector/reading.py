"""The unit that flows from intake to journal, stores and detectors: many readings as columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]
Float64s = npt.NDArray[np.float64]
UInt8s = npt.NDArray[np.uint8]


class Quality(IntEnum):
    """How far a reading can be trusted, as known when it arrived."""

    GOOD = 0
    UNCERTAIN = 1  # late, clock-corrected, out of calibration
    BAD = 2  # outside the point's plausible range


class Source(IntEnum):
    """Where a reading comes from."""

    SENSOR = 0
    MANUAL = 1
    DERIVED = 2
    SIMULATED = 3


@dataclass(frozen=True, slots=True, eq=False)
class ReadingBatch:
    """Readings as columns of one length n.

    point: int32[n], the point's lasting number. time: int64[n], UTC nanoseconds since 1970.
    value: float64[n] in the point's unit (bool points: 0.0 or 1.0). quality, source: uint8[n].
    received_at: UTC nanoseconds at which the batch was taken in.
    """

    point: Int32s
    time: Int64s
    value: Float64s
    quality: UInt8s
    source: UInt8s
    received_at: int

    def __len__(self) -> int:
        return len(self.point)

    @classmethod
    def of(
        cls,
        point: npt.ArrayLike,
        time: npt.ArrayLike,
        value: npt.ArrayLike,
        *,
        received_at: int,
        quality: npt.ArrayLike = Quality.GOOD,
        source: npt.ArrayLike = Source.SENSOR,
    ) -> ReadingBatch:
        """Build a batch from anything array-like; quality and source may be one value for all."""
        points = np.asarray(point, dtype=np.int32)
        n = len(points)
        return cls(
            points,
            np.asarray(time, dtype=np.int64),
            np.asarray(value, dtype=np.float64),
            np.broadcast_to(np.asarray(quality, dtype=np.uint8), (n,)),
            np.broadcast_to(np.asarray(source, dtype=np.uint8), (n,)),
            received_at,
        )

    @classmethod
    def empty(cls, received_at: int = 0) -> ReadingBatch:
        """A batch without readings."""
        return cls.of([], [], [], received_at=received_at)

    @classmethod
    def concat(cls, batches: Iterable[ReadingBatch]) -> ReadingBatch:
        """Join batches in order; `received_at` is the latest of theirs."""
        parts = list(batches)
        if not parts:
            return cls.empty()
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([b.point for b in parts]),
            np.concatenate([b.time for b in parts]),
            np.concatenate([b.value for b in parts]),
            np.concatenate([b.quality for b in parts]),
            np.concatenate([b.source for b in parts]),
            max(b.received_at for b in parts),
        )

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.integer] | slice) -> ReadingBatch:
        """The readings at these rows (mask, indices or slice), in that order."""
        return ReadingBatch(
            self.point[rows],
            self.time[rows],
            self.value[rows],
            self.quality[rows],
            self.source[rows],
            self.received_at,
        )

    def sorted(self) -> ReadingBatch:
        """By point, then time; readings of one point and time keep their order."""
        return self.take(np.lexsort((self.time, self.point)))
