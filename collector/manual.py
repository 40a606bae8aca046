"""Values typed by a person, as readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from collector.reading import ReadingBatch, Source
from config.plant import Plant

UNKNOWN_POINT = -1


def readings_of(typed: Sequence[Mapping[str, Any]], plant: Plant, now_ns: int) -> ReadingBatch:
    """Readings of source `manual`; a point that the facility has no longer is left for intake to refuse."""
    numbers = [
        plant.points[t["point"]].number if t["point"] in plant.points else UNKNOWN_POINT for t in typed
    ]
    return ReadingBatch.of(
        numbers,
        [t["time"] for t in typed],
        [t["value"] for t in typed],
        received_at=now_ns,
        source=Source.MANUAL,
    )
