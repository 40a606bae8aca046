"""Occasions and sessions: known from the time alone, whichever stretches and steps they are asked in."""

from __future__ import annotations

import numpy as np
import pytest

from collector.reading import Float64s, Int64s
from device_sim.occasions import DAY_S, WEEK_S, Occasions, Sessions, local_seconds, repeating, scattered
from tests.kind_trace import DAY, HOUR, at

SECOND = 10**9
ALWAYS = np.ones(24)


def day_of(step_s: int) -> tuple[Int64s, Float64s]:
    """A day in steps, and the Beijing hour of each step for two assets."""
    times = at("2025-03-03T00:00") + np.arange(0, DAY // SECOND, step_s, dtype=np.int64) * SECOND
    hours = ((times + 8 * HOUR) % DAY / HOUR)[:, np.newaxis] * np.ones((1, 2))
    return times, hours


def test_scattered_numbers_are_even_and_repeatable() -> None:
    seeds = np.array([1, 2], dtype=np.uint64)
    numbers = np.arange(5000, dtype=np.int64)[:, np.newaxis]
    first, second, third = scattered(seeds, numbers)
    assert np.array_equal(first, scattered(seeds, numbers)[0])
    for values in (first, second, third):
        assert 0 <= values.min() <= values.max() <= 1
        assert values.mean(axis=0) == pytest.approx([0.5, 0.5], abs=0.02)
    assert abs(np.corrcoef(first[:, 0], first[:, 1])[0, 1]) < 0.05
    assert abs(np.corrcoef(first[:, 0], second[:, 0])[0, 1]) < 0.05


def test_occasions_do_not_depend_on_the_step() -> None:
    occasions = Occasions(np.random.default_rng(3), 2, 600, 20.0, 90.0)
    fine, hours = day_of(60)
    coarse, coarse_hours = day_of(900)
    seen = next(iter(occasions.recent(fine, hours, ALWAYS, 0)))
    again = next(iter(occasions.recent(coarse, coarse_hours, ALWAYS, 0)))
    assert np.array_equal(seen.since[::15], again.since)
    assert np.array_equal(seen.length[::15], again.length)


def test_an_occasion_comes_once_in_every_slot_and_lasts_as_long_as_it_says() -> None:
    occasions = Occasions(np.random.default_rng(4), 2, 600, 20.0, 90.0)
    times, hours = day_of(1)
    since, length = next(iter(occasions.recent(times, hours, ALWAYS, 0)))
    going_on = (since >= 0) & (since < length)
    begins = np.diff(going_on.astype(int), axis=0) == 1
    assert begins.sum(axis=0).tolist() == [144, 144]
    assert going_on.sum(axis=0) == pytest.approx([144 * 55, 144 * 55], rel=0.1)


def test_occasions_keep_to_their_hours() -> None:
    chances = np.zeros(24)
    chances[12] = 1.0
    occasions = Occasions(np.random.default_rng(5), 2, 600, 20.0, 90.0)
    times, hours = day_of(30)
    going_on = np.zeros(hours.shape, dtype=bool)
    for since, length in occasions.recent(times, hours, chances, 1):
        going_on |= (since >= 0) & (since < length)
    assert going_on.any()
    assert set(np.floor(hours[going_on]).tolist()) == {12.0}


def test_sessions_begin_near_their_time_and_reach_past_midnight() -> None:
    sessions = Sessions(np.random.default_rng(6), 2, ((23.5, 24.5),), jitter_min=5.0)
    times, hours = day_of(60)
    on = sessions.during(times, hours)
    assert on.sum(axis=0) == pytest.approx([60, 60], abs=12)
    assert on[:20].all(axis=0).tolist() == [True, True]
    assert not on[60 : 23 * 60].any()


def test_local_seconds_count_from_a_monday() -> None:
    times, hours = day_of(3600)
    local = local_seconds(times, hours)
    assert (local[0] % WEEK_S).tolist() == [0.0, 0.0]
    since, number = repeating(local, DAY_S, 10 * 3600.0)
    assert since[10].tolist() == [0.0, 0.0]
    assert (number[10] - number[9]).tolist() == [1, 1]
