"""How many readings a second the journal takes with an fsync per 500, and gives back."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from collector.journal import JournalReader, JournalWriter, Limits
from collector.reading import ReadingBatch
from config.clock import SystemClock

BATCH = 500
BATCHES = 2_000
ROUNDS = 5
GROUPS = ("demo",)


def _batches() -> list[ReadingBatch]:
    rng = np.random.default_rng(1)
    points = np.arange(BATCH)
    times = 1_760_000_000_000_000_000 + np.arange(BATCHES)
    return [
        ReadingBatch.of(points, np.full(BATCH, time), rng.random(BATCH).round(2), received_at=int(time))
        for time in times
    ]


def _round(folder: Path, batches: list[ReadingBatch]) -> tuple[float, float]:
    """Readings per second written, and read."""
    writer = JournalWriter(folder, clock=SystemClock(), limits=Limits(min_free_bytes=0))
    begin = time.perf_counter()
    for batch in batches:
        writer.append(batch, b"{}")
        writer.commit()
    written = time.perf_counter()
    reader = JournalReader(folder, None)
    while reader.read():
        pass
    read = time.perf_counter()
    reader.close()
    writer.close()
    readings = BATCH * len(batches)
    return readings / (written - begin), readings / (read - written)


def run() -> dict[str, float]:
    """Median of several rounds, in the folder for temporary files."""
    batches = _batches()
    figures = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            figures.append(_round(Path(folder), batches))
    return {
        "journal_readings_per_s": median(written for written, _ in figures),
        "journal_read_readings_per_s": median(read for _, read in figures),
    }
