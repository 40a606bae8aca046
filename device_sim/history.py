"""The past of a demo: weeks of readings in order of time, with faults that were repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from collector.reading import ReadingBatch, Source
from config.clock import DAY, HOUR, MINUTE
from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.planning import Planner
from device_sim.scenario import Scenario
from device_sim.truth import write_truth
from device_sim.world import Int64s

DAYS, FINE_DAYS = 60, 7
COARSE_STEP, FINE_STEP = 15 * MINUTE, MINUTE
_COARSE_CHUNK, _FINE_CHUNK = DAY, 3 * HOUR
STATE_FILE, TRUTH_FILE = "simulator.npz", "truth.jsonl"

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Stretch:
    """Equal steps from start up to, not including, end (UTC ns)."""

    start: int
    end: int
    step: int

    @property
    def times(self) -> Int64s:
        """Its steps."""
        return np.arange(self.start, self.end, self.step, dtype=np.int64)


class History:
    """Plays a fleet through the past: first every 15 minutes, the last days at the points' own intervals."""

    def __init__(
        self,
        fleet: Fleet,
        now_ns: int,
        days: int = DAYS,
        fine_days: int = FINE_DAYS,
        state_file: Path | None = None,
    ) -> None:
        """`state_file`: where the fleet's memory goes at the end, for the live simulator to go on from."""
        self._fleet = fleet
        self._state_file = state_file
        self.end_ns = now_ns // MINUTE * MINUTE
        self.start_ns = self.end_ns - days * DAY
        turn = self.end_ns - fine_days * DAY
        coarse = _cut(Stretch(self.start_ns, turn, COARSE_STEP), _COARSE_CHUNK)
        self._stretches = [*coarse, *_cut(Stretch(turn, self.end_ns, FINE_STEP), _FINE_CHUNK)]

    @property
    def steps(self) -> int:
        """How many batches come."""
        return len(self._stretches)

    def batches(self, progress: Progress = lambda _: None) -> Iterator[ReadingBatch]:
        """The readings, marked as simulated, in order of time; `progress` is told of every batch taken."""
        for stretch in self._stretches:
            reported = self._fleet.advance(stretch.times, stretch.step)
            yield replace(reported, source=np.full_like(reported.source, Source.SIMULATED))
            progress(1)
        if self._state_file is not None:
            self._fleet.save(self._state_file, self.end_ns)


def demo_history(plant: Plant, now_ns: int, data_dir: Path, seed: int = 1) -> History:
    """The demo's 60 days up to now; its faults are written into the truth log of the data directory."""
    start_ns = now_ns - DAYS * DAY
    planner = Planner(plant, np.random.default_rng([seed, now_ns // DAY]))
    faults = [*planner.developing(now_ns), *planner.past(start_ns, now_ns)]
    write_truth(data_dir / TRUTH_FILE, plant, faults)
    return History(Fleet(plant, seed, Scenario(faults)), now_ns, state_file=data_dir / STATE_FILE)


def _cut(stretch: Stretch, length: int) -> Iterator[Stretch]:
    for start in range(stretch.start, stretch.end, length):
        yield Stretch(start, min(start + length, stretch.end), stretch.step)
