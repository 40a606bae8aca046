"""What each detector must see, and what it must let pass, told with small signals."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.detectors.registry import named
from analytics.detectors.sensor_fault import classify_series

HOUR_NS = 3600 * 10**9
START_NS = 1_767_571_200 * 10**9  # a Monday, 00:00 UTC
ONE = np.array([1], dtype=np.int32)


def fed(name: str, values: np.ndarray, step_ns: int = HOUR_NS, **options: float):
    kind = named(name)
    detector = kind(ONE, kind.settings_type(**options))
    points, time = np.ones(len(values), np.int32), START_NS + np.arange(len(values)) * step_ns
    return detector, detector.process(points, time, values)


def noise(size: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.2, size)


def test_range_scores_one_at_its_limit() -> None:
    _, scores = fed("range", np.array([50.0, 100.0, 110.0, -25.0]), low=0.0, high=100.0)
    assert scores.tolist() == pytest.approx([0.0, 1.0, 1.2, 1.5])


def test_a_range_with_one_limit_only_watches_that_one() -> None:
    _, scores = fed("range", np.array([-1e9, 0.0, 95.0]), high=90.0)
    assert (scores[:2] < 1).all()
    assert scores[2] > 1


def test_a_stuck_sensor_is_frozen_and_a_resting_switch_is_not() -> None:
    moving = np.concatenate([noise(50), np.full(8, 0.5)])
    assert fed("frozen", moving, after_s=6 * 3600)[1][-1] >= 1
    switch = np.tile(np.repeat([0.0, 1.0], 8), 10)
    assert fed("frozen", switch, after_s=6 * 3600)[1][40:].max() < 1


def test_silence_is_judged_without_a_reading() -> None:
    detector, _ = fed("gap", noise(20), step_ns=60 * 10**9, interval_s=60.0)
    last = START_NS + 19 * 60 * 10**9
    assert detector.silent(last + 120 * 10**9)[1][0] < 1
    assert detector.silent(last + 3600 * 10**9)[1][0] > 1


def test_a_spike_stands_out_and_a_ramp_does_not() -> None:
    values = np.arange(100) * 0.05 + noise(100)
    values[80] += 20
    _, scores = fed("spike", values)
    assert scores[80] > 1
    assert np.delete(scores, 80).max() < 1


def test_a_night_value_at_noon_is_unusual() -> None:
    hours = np.arange(24 * 21)
    values = 20 + 5 * np.sin(2 * np.pi * hours / 24) + noise(len(hours))
    values[-18] = 15.0  # 06:00 is the top of the day
    _, scores = fed("seasonal", values)
    assert scores[-18] > 1
    assert scores[300:-18].max() < 1


def test_a_lasting_shift_is_a_change_and_one_wild_value_is_not() -> None:
    values = noise(400)
    values[200] += 50
    assert fed("change", values.copy())[1].max() < 1
    values[300:] += 0.6
    assert fed("change", values)[1][320:340].max() > 1


def test_one_sensor_creeping_away_from_its_siblings() -> None:
    points = np.arange(4, dtype=np.int32)
    detector = named("siblings")(points, groups=np.zeros(4, np.int32))
    common = 20 + 3 * np.sin(np.arange(600) / 30)
    scores = []
    for at, level in enumerate(common):
        values = level + np.random.default_rng(at).normal(0, 0.1, 4) + [0, 1, 0, -1]
        values[2] += max(0, at - 400) * 0.03
        scores.append(detector.process(points, np.full(4, START_NS + at * HOUR_NS), values))
    table = np.array(scores)
    assert table[:400].max() < 1
    assert table[450:, 2].max() > 1
    assert table[450:, [0, 1, 3]].max() < 1


def test_points_that_stop_going_together_and_which_of_them() -> None:
    points = np.arange(3, dtype=np.int32)
    rng = np.random.default_rng(2)
    load = rng.normal(0, 1, 900)
    frames = np.column_stack([load, 2 * load, rng.normal(0, 1, 900)]) + rng.normal(0, 0.1, (900, 3))
    frames[700:, 1] -= 2.0
    detector = named("multivariate")(points, groups=np.zeros(3, np.int32))
    time = START_NS + np.repeat(np.arange(900), 3) * HOUR_NS
    scores = detector.process(np.tile(points, 900), time, frames.ravel()).reshape(900, 3)[:, 0]
    assert scores[400:700].max() < 1
    assert scores[740:].min() > 1
    evidence = detector.evidence(0)
    assert evidence.shares.argmax() in (0, 1)
    assert evidence.t2 + evidence.q == pytest.approx(evidence.distance**2)


def test_a_shift_is_timed_and_then_forgotten() -> None:
    points = np.arange(2, dtype=np.int32)
    frames = np.random.default_rng(2).normal(0, 1, (1000, 2))
    frames[600:] += 6.0
    detector = named("shift")(points, groups=np.zeros(2, np.int32))
    time = START_NS + np.repeat(np.arange(1000), 2) * HOUR_NS
    scores = detector.process(np.tile(points, 1000), time, frames.ravel()).reshape(1000, 2)[:, 0]
    assert scores[400:600].max() < 1
    assert scores[600:630].max() > 1
    assert scores[900:].max() < 1


def test_flow_temperature_is_judged_by_the_weather() -> None:
    points = np.arange(2, dtype=np.int32)
    rng = np.random.default_rng(3)
    outdoor = rng.uniform(-10, 10, 700)
    frames = np.column_stack([60 - 2 * outdoor + 0.02 * outdoor**2 + rng.normal(0, 0.5, 700), outdoor])
    frames[650] = [60.0, -9.0]  # a usual temperature, but not in such cold
    frames[660] = [60.0, 35.0]  # weather never seen: no statement
    detector = named("expected")(points, groups=np.zeros(2, np.int32))
    time = START_NS + np.repeat(np.arange(700), 2) * HOUR_NS
    scores = detector.process(np.tile(points, 700), time, frames.ravel()).reshape(700, 2)[:, 0]
    assert scores[650] > 1
    assert scores[660] == 0
    assert np.delete(scores, [650, 660])[400:].max() < 1.5
    band = detector.band(points, np.zeros(2, np.int64))
    assert band.low[0] < band.centre[0] < band.high[0]
    assert np.isnan(band.centre[1])


def test_a_value_is_new_until_it_has_been_seen() -> None:
    values = np.tile(10 + 3 * np.sin(2 * np.pi * np.arange(24) / 24), 30) + 0.1 * noise(720)
    values[500] = 25.0
    values[650] = 25.0
    _, scores = fed("novelty", values)
    assert scores[500] > 5
    assert scores[650] < 0.5
    assert scores[300:500].max() < 1


def test_every_way_a_sensor_fails_has_its_name() -> None:
    calm = 20 + 2 * np.sin(np.arange(1500) / 200) + 0.05 * noise(1500)
    rng = np.random.default_rng(5)
    bias, noisy, away = calm.copy(), calm.copy(), calm.copy()
    bias[1000:1200] += 12
    noisy[1000:1200] += rng.normal(0, 3, 200)
    away[1000:1200] += 0.8 * np.arange(200)
    healthy, biased, malfunction, running = classify_series([calm, bias, noisy, away])
    assert (healthy == 0).mean() > 0.99
    assert (biased[1010:1190] == 4).mean() > 0.9
    assert (malfunction[1010:1190] == 2).mean() > 0.85
    assert (running[1020:1190] == 16).mean() > 0.9
    assert not biased[1300:].any()
