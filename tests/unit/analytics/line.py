"""A line of readings into a pipeline, written compactly: minutes and values per point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from analytics.alarms.changes import ConditionChange
from analytics.pipeline import Outcome, Pipeline
from collector.reading import Quality, ReadingBatch, Source
from config.clock import SECOND
from config.plant import Plant

START = 1_760_000_000 * SECOND
Said = tuple[float, str, bool]


def at(minute: float) -> int:
    """UTC ns of a minute of the story."""
    return START + round(minute * 60) * SECOND


class Line:
    """Feeds a pipeline; notes what it says as (minute, "asset rule", began)."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.pipeline = Pipeline(plant)
        self.derived: list[ReadingBatch] = []

    def batch(
        self,
        rows: Iterable[tuple[float, str, float]],
        *,
        received: float | None = None,
        quality: Quality = Quality.GOOD,
        source: Source = Source.SENSOR,
    ) -> ReadingBatch:
        """Readings (minute, point id, value); received with the last of them if not said otherwise."""
        given = list(rows)
        return ReadingBatch.of(
            [self.plant.points[p].number for _, p, _ in given],
            [at(m) for m, _, _ in given],
            [v for _, _, v in given],
            received_at=at(max(m for m, _, _ in given) if received is None else received),
            quality=quality,
            source=source,
        )

    def send(self, *batches: ReadingBatch) -> list[Said]:
        outcome: Outcome = self.pipeline.take(batches)
        self.derived.append(outcome.derived)
        return said(outcome.changes)

    def play(self, point: str, values: Mapping[float, float] | Sequence[float]) -> list[Said]:
        """Values of one point, one batch a reading: a mapping of minutes, or one value a minute."""
        pairs = values.items() if isinstance(values, Mapping) else enumerate(values)
        return [s for minute, value in pairs for s in self.send(self.batch([(minute, point, value)]))]

    def tick(self, minute: float) -> list[Said]:
        return said(self.pipeline.tick(at(minute)))

    def of(self, point: str) -> list[tuple[float, float]]:
        """(minute, value) of a derived point's readings."""
        readings = ReadingBatch.concat(self.derived)
        mine = readings.take(readings.point == self.plant.points[point].number)
        assert np.all(mine.source == Source.DERIVED)
        return [
            ((t - START) / SECOND / 60, v)
            for t, v in zip(mine.time.tolist(), mine.value.tolist(), strict=True)
        ]


def said(changes: Iterable[ConditionChange]) -> list[Said]:
    """In the order of time."""
    found = [((c.at - START) / SECOND / 60, f"{c.asset} {c.rule}", c.active) for c in changes]
    return sorted(found)
