"""The score of the Numenta Anomaly Benchmark: early inside a window is worth most, outside it costs.

Lavin and Ahmad 2015, "Evaluating real-time anomaly detection algorithms".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from analytics.benchmarks.files import Texts
from collector.reading import Float64s, Int64s

PROBATION_SHARE, PROBATION_MOST = 0.15, 750


class Profile(NamedTuple):
    """Weights of found windows, false detections and missed windows."""

    found: float = 1.0
    false: float = 0.11
    missed: float = 1.0


class Judged(NamedTuple):
    """places: positions of detections, rising; windows: first and last position of each, same unit."""

    places: Float64s | Int64s
    windows: list[tuple[float, float]]


def sigmoid(position: Float64s) -> Float64s:
    """Worth of a detection: 1 at the start of a window (-1), 0 at its end (0), -1 from 3 widths after it."""
    return np.where(position > 3, -1.0, 2 / (1 + np.exp(5 * np.minimum(position, 3))) - 1)


def raw_score(stream: Judged, profile: Profile) -> float:
    """Sum over one stream: the best detection of each window, every false one, every missed window."""
    places = np.asarray(stream.places, dtype=np.float64)
    full = float(sigmoid(np.array(-1.0)))
    inside = np.zeros(len(places), dtype=np.bool_)
    after = np.full(len(places), np.inf)
    total = 0.0
    for start, end in stream.windows:
        within = (places >= start) & (places <= end)
        width = max(end - start, 1e-9)
        worth = sigmoid((places[within] - end) / width) / full
        total += profile.found * float(worth.max()) if within.any() else -profile.missed
        inside |= within
        after = np.where(places > end, (places - end) / width, after)
    return total + profile.false * float(sigmoid(after[~inside]).sum())


def normalised(streams: Iterable[Judged], profile: Profile = Profile()) -> float:  # noqa: B008 - immutable
    """0: a detector that never speaks, 100: a perfect one."""
    given = list(streams)
    windows = sum(len(stream.windows) for stream in given)
    total = sum(raw_score(stream, profile) for stream in given)
    silent = -profile.missed * windows
    return 100 * (total - silent) / max(profile.found * windows - silent, 1e-9)


def probation(length: int) -> int:
    """Rows at the start of a stream that are not judged."""
    return int(min(PROBATION_SHARE * length, PROBATION_SHARE * 5000, PROBATION_MOST))


def positions(timestamps: Texts, windows: list[list[str]]) -> list[tuple[float, float]]:
    """Windows given as times, as first and last row number."""
    times = timestamps.astype("datetime64[s]")
    found = []
    for start, end in windows:
        low, high = np.datetime64(start[:19]), np.datetime64(end[:19])
        found.append((float(np.searchsorted(times, low)), float(np.searchsorted(times, high, "right") - 1)))
    return found


class Scored(NamedTuple):
    """A labelled stream: score per row, windows as row numbers."""

    score: Float64s
    windows: list[tuple[float, float]]


def figure(streams: list[Scored], threshold: float) -> float:
    """Normalised score of streams where every score from `threshold` on is a detection."""
    judged = []
    for stream in streams:
        places = np.flatnonzero(stream.score >= threshold)
        judged.append(Judged(places[places >= probation(len(stream.score))], stream.windows))
    return normalised(judged)


def best_threshold(streams: list[Scored]) -> float:
    """One threshold for all streams: the middle of the best stretch, not the luckiest single value."""
    every = np.concatenate([stream.score[probation(len(stream.score)) :] for stream in streams])
    tried = np.unique(np.quantile(every, 1 - np.logspace(-4.5, -1.0, 120)))
    figures = np.array([figure(streams, threshold) for threshold in tried])
    around = np.convolve(np.pad(figures, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    return float(tried[int(around.argmax())])
