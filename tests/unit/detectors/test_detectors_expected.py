"""A point that follows its operating conditions is quiet; one that leaves them stands out."""

from __future__ import annotations

import numpy as np

from analytics.detectors.expected import Expected, Settings

POWER, SPEED, FLOW = 1, 2, 3
POINTS = np.array([POWER, SPEED, FLOW], dtype=np.int32)
STEP = 60 * 10**9


def frames(first: int, count: int, extra: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(first)
    speed = 60 + 20 * np.sin(np.arange(first, first + count) / 40) + rng.normal(0, 1, count)
    flow = rng.uniform(5, 25, count)
    power = 2 + 0.1 * speed + 0.3 * flow + rng.normal(0, 0.1, count) + extra
    values = np.stack((power, speed, flow), axis=1).ravel()
    times = np.repeat((first + np.arange(count)) * STEP, 3)
    return np.tile(POINTS, count), times, values


def taught() -> Expected:
    detector = Expected(POINTS, Settings(inputs=("speed", "flow")), groups=np.ones(3, dtype=np.int32))
    detector.process(*frames(0, 500))
    return detector


def test_what_fits_the_operating_conditions_is_quiet_even_outside_the_usual_range() -> None:
    point, time, value = frames(500, 50)
    value[1::3] += 60
    value[0::3] += 6
    assert taught().process(point, time, value).max() < 1


def test_the_same_reading_at_other_conditions_stands_out() -> None:
    detector = taught()
    assert detector.process(*frames(500, 50)).max() < 1
    assert detector.process(*frames(550, 50, extra=1.0)).min() > 1


def test_before_it_is_warm_nothing_stands_out() -> None:
    detector = Expected(POINTS, groups=np.ones(3, dtype=np.int32))
    assert detector.process(*frames(0, 50, extra=100)).max() == 0


def test_an_idle_input_does_no_harm() -> None:
    detector = Expected(POINTS, groups=np.ones(3, dtype=np.int32))
    point, time, value = frames(0, 500)
    value[2::3] = 7
    detector.process(point, time, value)
    point, time, value = frames(500, 50)
    value[2::3] = 7
    assert detector.process(point, time, value).max() < 1
