"""What the control plan saves in a simulated winter, and how well zones are forecast."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from analytics.heating.cli import shipped_plant
from analytics.heating.winter.compare import control, fixed
from analytics.heating.winter.season import Arena, Outcome
from analytics.heating.zone_forecast import learn_zone
from config.loading import load_plant
from config.point_numbers import MemoryNumbers
from tests.unit.heating.houses import house

SEEDS = (1, 2)
HOUSES = 5
LEARNED_DAYS, DAYS = 14, 21


def _winter(days: int, seed: int) -> tuple[Outcome, Outcome]:
    with tempfile.TemporaryDirectory() as folder:
        command = shipped_plant(Path(folder))
        arena = Arena(command, load_plant(Path(folder), MemoryNumbers()))
        return arena.play(control, days, seed), arena.play(fixed, days, seed)


def _zone_rmse() -> float:
    """Median over houses that the model has nothing of."""
    found = []
    for seed in range(HOUSES):
        data = house(seed, DAYS, thermostat=True)
        model = learn_zone(data.part(LEARNED_DAYS * data.day))
        starts = np.arange(LEARNED_DAYS * data.day, len(data) - data.day, 12)
        truth = data.indoor[starts[:, None] + np.arange(1, data.day + 1)]
        found.append(np.sqrt(np.mean((model.forecast(data, starts).indoor - truth) ** 2)))
    return float(np.median(found))


def run() -> dict[str, float]:
    """The worst of several seeds; HEATING_BENCH_DAYS shortens the winter of 90 days."""
    days = int(os.environ.get("HEATING_BENCH_DAYS", "90"))
    pairs = [_winter(days, seed) for seed in SEEDS]
    return {
        "winter_gas_saving": min(1 - ours.gas_kwh / base.gas_kwh for ours, base in pairs),
        "winter_comfort_change": min(ours.comfort_hours / base.comfort_hours - 1 for ours, base in pairs),
        "winter_burner_starts_saving": min(
            1 - ours.burner_starts / base.burner_starts for ours, base in pairs
        ),
        "optimum_start_on_time": min(ours.on_time for ours, _ in pairs),
        "zone_rmse_24h_k": _zone_rmse(),
    }
