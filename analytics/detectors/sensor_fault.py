"""Does the sensor itself fail, and how: spikes, malfunction (noise), bias, drift, running away?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field
from typing_extensions import override

from analytics.detectors import base
from analytics.detectors.base import Bools, Detector, State
from analytics.detectors.parts import failing_sensors, fault_features
from analytics.detectors.parts.fault_features import Step
from analytics.detectors.parts.network import Network, fit
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s, Int32s, Int64s
from config.text import Text

TITLES = {
    0: Text(en="healthy", zh="正常"),
    failing_sensors.RANDOM: Text(en="spikes", zh="随机尖峰"),
    failing_sensors.MALFUNCTION: Text(en="malfunction (noise)", zh="故障噪声"),
    failing_sensors.BIAS: Text(en="bias", zh="恒定偏差"),
    failing_sensors.DRIFT: Text(en="noisy drift", zh="漂移"),
    failing_sensors.POLYNOMIAL: Text(en="running away", zh="多项式漂移"),
}
SHIPPED = Path(__file__).parent / "parts" / "sensor_fault_network.json"
ROWS_EACH = 75_000
Codes = npt.NDArray[np.int64]


class Settings(base.Settings):
    """probability: of any fault, from which on the reading stands out."""

    probability: float = Field(default=0.5, gt=0, lt=1)


@cache
def shipped() -> Network:
    """The network that comes with the product: trained on made-up signals, no site's data in it."""
    return Network.load(SHIPPED)


class SensorFault(Detector):
    """A small classifier over scale-free features of the signal's recent course (see `fault_features`)."""

    name = "sensor_fault"
    title = Text(en="Sensor fails", zh="传感器故障")
    settings_type = Settings
    warm_after = 60
    network: Network | None = None
    """Another network than the shipped one, e.g. trained on the site's own labelled history (`train`)."""

    @override
    def _fresh(self, size: int) -> State:
        return fault_features.fresh(size)

    @override
    def _score(self, state: State, rows: Rows, time: Int64s, value: Float64s) -> Float64s:
        return self._failing(Step(state, rows, value))

    @override
    def _learn(self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools) -> None:
        Step(state, rows, value).keep(normal)

    @override
    def _score_and_learn(
        self, state: State, rows: Rows, time: Int64s, value: Float64s, normal: Bools
    ) -> Float64s:
        step = Step(state, rows, value)
        scores = self._failing(step)
        step.keep(normal)
        return scores

    def _failing(self, step: Step) -> Float64s:
        failing = np.zeros(len(step.rows))
        loud = np.flatnonzero(~step.quiet())
        failing[loud] = 1.0 - (self.network or shipped()).probabilities(step.features(loud))[:, 0]
        scores: Float64s = failing / self.option["probability"][step.rows]
        return scores

    def classify(self, points: Int32s, values: Float64s) -> Codes:
        """Name the state of each reading (int64[n], a key of TITLES), then learn it; one reading per point.

        A point still warming up, unknown or NaN is called healthy.
        """
        known, rows = self._known(points, values)
        step = Step(self.state, rows, values[known])
        network = self.network or shipped()
        likeliest = network.classes[network.probabilities(step.features()).argmax(axis=1)]
        codes = np.zeros(len(points), dtype=np.int64)
        codes[known] = np.where(self.warm(points)[known] & ~step.quiet(), likeliest, 0)
        step.keep(np.ones(len(rows), dtype=np.bool_))
        self.state["seen"][rows] += 1
        return codes


def features_of(values: Float64s) -> Float64s:
    """Features (float32[length, points, FEATURES]) of whole series (float64[length, points]), causally."""
    state = fault_features.fresh(values.shape[1])
    found = np.zeros((*values.shape, fault_features.FEATURES), dtype=np.float32)
    for at, row in enumerate(values):
        rows = np.flatnonzero(np.isfinite(row))
        step = Step(state, rows, row[rows])
        found[at, rows] = step.features()
        step.keep(np.ones(len(rows), dtype=np.bool_))
    return found


def classify_series(series: list[Float64s], network: Network | None = None) -> list[Codes]:
    """Name the state of every value of each series, reading after reading, none looking ahead."""
    points = np.arange(len(series), dtype=np.int32)
    detector = SensorFault(points)
    detector.network = network
    columns = [detector.classify(points, row) for row in _side_by_side(series, np.nan)]
    codes = np.array(columns).reshape(-1, len(series))
    return [codes[: len(one), at] for at, one in enumerate(series)]


def train(labelled: list[tuple[Float64s, Codes]], *, seed: int = 0, invented: int = 4) -> Network:
    """A network from labelled series (values and codes of each) and invented ones.

    Each series is also taken at every 2nd, 4th and 8th reading, so that the sampling rate does not matter.
    A code below 0 means "not labelled": the value is seen, but not learned from.
    """
    parts = [_invented_rows(seed + number) for number in range(invented)]
    if labelled:
        values = _side_by_side([series for series, _ in labelled], np.nan)
        codes = _side_by_side([marks for _, marks in labelled], -1).astype(np.int64)
        parts += [_rows(values[::every], codes[::every], seed) for every in (1, 2, 4, 8)]
    rows, marks = zip(*parts, strict=True)
    return fit(np.concatenate(rows), np.concatenate(marks), seed=seed)


def _side_by_side(series: Sequence[npt.NDArray[Any]], fill: float) -> Float64s:
    matrix = np.full((max(map(len, series), default=0), len(series)), fill)
    for at, one in enumerate(series):
        matrix[: len(one), at] = one
    return matrix


@cache
def _invented_rows(seed: int) -> tuple[Float64s, Codes]:
    return _rows(*failing_sensors.signals(seed), seed)


def _rows(values: Float64s, codes: Codes, seed: int) -> tuple[Float64s, Codes]:
    features = features_of(values)[SensorFault.warm_after :].reshape(-1, fault_features.FEATURES)
    flat = np.where(np.isfinite(values), codes, -1)[SensorFault.warm_after :].ravel()
    some = np.random.default_rng(seed).permutation(np.flatnonzero(flat >= 0))[:ROWS_EACH]
    return features[some], flat[some]


DETECTOR = SensorFault
