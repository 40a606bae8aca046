"""From readings to alarm conditions: frames, derived points, limits and silence, on one core."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from analytics.pipeline import Pipeline
from collector.reading import ReadingBatch
from config.clock import HOUR, MINUTE, SECOND
from config.loading import demo_plant
from config.plant import Plant, PlantPoint

START = 1_760_000_000 * SECOND
GROUPS = ("demo",)
_BATCH = 2 * HOUR


def run() -> dict[str, float]:
    """Rows per second in bulk (minutes over 12 h), and milliseconds for a second of live data."""
    plant = demo_plant()
    pipeline = Pipeline(plant)
    pipeline.take([_batch(plant, START - _BATCH, START, MINUTE)])
    bulk = [_batch(plant, START + i * _BATCH, START + (i + 1) * _BATCH, MINUTE) for i in range(6)]
    began = time.perf_counter()
    for batch in bulk:
        pipeline.take([batch])
    bulk_s = time.perf_counter() - began
    live = list(_seconds(_batch(plant, START + 6 * _BATCH, START + 6 * _BATCH + 2 * MINUTE, None)))
    began = time.perf_counter()
    for batch in live:
        pipeline.take([batch])
    live_s = time.perf_counter() - began
    return {
        "pipeline_rows_per_s": sum(map(len, bulk)) / bulk_s,
        "pipeline_live_second_ms": 1000 * live_s / len(live),
    }


def _batch(plant: Plant, start: int, end: int, step: int | None) -> ReadingBatch:
    """Every measured point within its normal band, at `step` or (None) its own interval; sorted by time."""
    rng = np.random.default_rng(start % 2**32)
    columns = [_readings(p, start, end, step, rng) for p in plant.points.values() if not p.derived]
    number, moment, value = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    order = np.argsort(moment, kind="stable")
    return ReadingBatch.of(number[order], moment[order], value[order], received_at=end)


def _readings(
    point: PlantPoint, start: int, end: int, step: int | None, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    moment = np.arange(start + point.number % 60 * SECOND, end, step or point.interval_ns)
    low, high = point.normal or point.plausible
    level = 0.0 if point.type == "bool" else low + (high - low) / 2
    value = np.full(len(moment), level) + (point.type != "bool") * rng.normal(
        0, (high - low) / 50, len(moment)
    )
    return np.full(len(moment), point.number), moment, value


def _seconds(batch: ReadingBatch) -> Iterator[ReadingBatch]:
    edges = np.flatnonzero(np.diff(batch.time // SECOND)) + 1
    for begin, end in zip([0, *edges], [*edges, len(batch)], strict=True):
        part = batch.take(slice(begin, end))
        yield ReadingBatch.of(part.point, part.time, part.value, received_at=int(part.time[-1]))
