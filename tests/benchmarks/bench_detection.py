"""All streaming detectors over 10,000 points, beside River's HalfSpaceTrees and a per-point pipeline."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from river import anomaly, preprocessing

from analytics.detectors.registry import detectors

GROUPS = ("detection",)
POINTS, ROUNDS, WARM_UP = 10_000, 40, 150
PER_ASSET = 8
START_NS, STEP_NS = 1_767_225_600 * 10**9, 1800 * 10**9
RIVER_READINGS = 4_000


def run() -> dict[str, float]:
    """Readings per second of one core through every detector; bytes of state per point."""
    points = np.arange(POINTS, dtype=np.int32)
    figures, seconds, size = {}, 0.0, 0
    values = _signal(WARM_UP + ROUNDS)
    for name, kind in detectors().items():
        detector = kind(points, groups=points // PER_ASSET)
        took = 0.0
        for at, row in enumerate(values):
            began = time.process_time()
            detector.process(points, np.full(POINTS, START_NS + at * STEP_NS), row)
            took += (time.process_time() - began) * (at >= WARM_UP)
        figures[f"detect_{name}_ns_per_reading"] = 1e9 * took / (ROUNDS * POINTS)
        seconds, size = seconds + took, size + detector.nbytes
    figures["detect_readings_per_s_per_core"] = ROUNDS * POINTS / seconds
    figures["detect_bytes_per_point"] = size / POINTS
    figures["river_readings_per_s_per_core"] = _river_trees()
    figures["river_pipeline_readings_per_s_per_core"] = _river_pipeline()
    return figures


def _signal(rounds: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    course = np.sin(np.arange(rounds) / 20)[:, None]
    return 50 + course + rng.normal(0, 0.2, (rounds, POINTS))


def _river_trees() -> float:
    """A model for each of 100 points (ours hold 10,000), given the signal's limits instead of a scaler."""
    return _timed([anomaly.HalfSpaceTrees(limits={"value": (45.0, 55.0)}, seed=at) for at in range(100)])


def _river_pipeline() -> float:
    """A pipeline for each of 100 points: scale, then score."""
    return _timed([preprocessing.MinMaxScaler() | anomaly.HalfSpaceTrees(seed=at) for at in range(100)])


def _timed(models: list[Any]) -> float:
    values = _signal(1)[0, :RIVER_READINGS]
    for model in models:
        model.learn_one({"value": 50.0})  # builds its trees, once
    began = time.process_time()
    for at, value in enumerate(values):
        model, x = models[at % len(models)], {"value": float(value)}
        model.score_one(x)
        model.learn_one(x)
    return len(values) / (time.process_time() - began)
