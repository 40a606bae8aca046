"""How fast the embedded store compacts the journal, what a reading costs, and how long a chart waits."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np

from collector.journal import JournalWriter, Limits
from collector.reading import ReadingBatch
from collector.stores.embedded import EmbeddedStore, EmbeddedWriter
from config.clock import DAY, HOUR, MINUTE, SECOND, ManualClock

GROUPS = ("demo",)
POINTS = 600
INTERVAL = 30 * SECOND
START = 1_760_054_400_000_000_000  # a midnight
ROUNDS = 3
_COMMIT_EVERY = 100


def _campus_day(seed: int) -> Iterator[ReadingBatch]:
    """One day of points with a daily swing, noise, and two decimals, one batch per interval."""
    rng = np.random.default_rng(seed)
    level, swing, phase = rng.uniform(10, 80, POINTS), rng.uniform(1, 8, POINTS), rng.uniform(0, 6.28, POINTS)
    points = np.arange(POINTS)
    for time_ns in range(START, START + DAY, INTERVAL):
        turn = 2 * np.pi * (time_ns - START) / DAY
        values = level + swing * np.sin(turn + phase) + rng.normal(0, 0.1, POINTS)
        yield ReadingBatch.of(points, np.full(POINTS, time_ns), values.round(2), received_at=time_ns)


def _journal(folder: Path, seed: int) -> int:
    writer = JournalWriter(folder, clock=ManualClock(START), limits=Limits(min_free_bytes=0))
    readings = 0
    for number, batch in enumerate(_campus_day(seed)):
        writer.append(batch)
        readings += len(batch)
        if number % _COMMIT_EVERY == 0:
            writer.commit()
    writer.commit()
    writer.close()
    return readings


def _milliseconds(question: Callable[[], object]) -> float:
    durations = []
    for _ in range(15):
        begin = time.perf_counter()
        question()
        durations.append(time.perf_counter() - begin)
    return 1e3 * median(durations)


def _questions(store: EmbeddedStore) -> dict[str, float]:
    point, every = np.array([POINTS // 2]), np.arange(POINTS)
    end = START + DAY
    return {
        "chart_day_ms": _milliseconds(lambda: store.range(point, START, end)),
        "chart_day_5min_ms": _milliseconds(lambda: store.aggregate(point, START, end, 5 * MINUTE)),
        "hours_of_all_points_ms": _milliseconds(lambda: store.aggregate(every, START, end, HOUR)),
        "latest_of_all_points_ms": _milliseconds(lambda: store.latest(every)),
        "scan_readings_per_s": 1e3 * POINTS * (DAY // INTERVAL)
        / _milliseconds(lambda: store.range(every, START, end)),
    }  # fmt: skip


def _round(folder: Path, seed: int) -> dict[str, float]:
    readings = _journal(folder / "journal", seed)
    writer = EmbeddedWriter(folder / "readings", folder / "journal", clock=ManualClock(START + 2 * DAY))
    begin = time.perf_counter()
    writer.compact()
    compacted = time.perf_counter()
    writer.maintain(quiet_for=0)
    size = sum(path.stat().st_size for path in (folder / "readings").rglob("*") if path.is_file())
    store = EmbeddedStore(folder / "readings", folder / "journal")
    figures = {
        "store_readings_per_s": readings / (compacted - begin),
        "bytes_per_reading": size / readings,
        **_questions(store),
    }
    store.close()
    writer.close()
    return figures


def run() -> dict[str, float]:
    """Median of several rounds; bytes count everything in the folder: parts, rollups, manifest."""
    rounds = []
    for seed in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(_round(Path(folder), seed))
    return {name: median(figures[name] for figures in rounds) for name in rounds[0]}
