"""The building blocks of behaviours, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from config.clock import DAY, HOUR, MINUTE, SECOND
from device_sim.signals import Swings, cycle, hold, lag, total

ONES = np.ones((10, 1))


def test_lag_reaches_63_percent_after_one_time_constant() -> None:
    response, last = lag(np.ones((60, 1)), np.zeros(1), 10.0, 600.0)
    assert response[-1, 0] == pytest.approx(1 - np.exp(-1))
    assert last == response[-1]


def test_lag_does_not_care_how_the_stretch_is_cut() -> None:
    target = np.random.default_rng(1).uniform(0, 5, (50, 3))
    whole, _ = lag(target, np.zeros(3), 60.0, 900.0)
    first, last = lag(target[:17], np.zeros(3), 60.0, 900.0)
    second, _ = lag(target[17:], last, 60.0, 900.0)
    np.testing.assert_allclose(np.vstack([first, second]), whole)


def test_cycling_is_on_for_its_duty_and_counts_its_starts() -> None:
    minutes = np.ones((70, 1))
    on, starts, _, _ = cycle(minutes * 0.25, minutes * 1200.0, np.zeros(1), 60.0)
    assert on[:60].mean() == pytest.approx(0.25, abs=0.02)
    assert starts.sum() == 3  # so many periods of twenty minutes have ended


def test_periods_shorter_than_a_step_still_count_their_starts() -> None:
    _, starts, _, _ = cycle(ONES * 0.5, ONES * 180.0, np.zeros(1), 900.0)
    assert starts.sum() == 50


@pytest.mark.parametrize(("duty", "always"), [(0.0, False), (1.0, True)])
def test_full_and_no_duty_do_not_cycle(duty: float, always: bool) -> None:
    on, starts, _, phase = cycle(ONES * duty, ONES * 600.0, np.array([0.4]), 60.0)
    assert (on == always).all()
    assert starts.sum() == 0
    assert phase == pytest.approx(0.4)


def test_a_stuck_sensor_repeats_the_last_value_it_had() -> None:
    values = np.array([[1.0], [2.0], [3.0], [4.0]])
    stuck = np.array([[True], [False], [True], [True]])
    held, last = hold(values, stuck, np.array([9.0]))
    assert held[:, 0].tolist() == [9.0, 2.0, 2.0, 2.0]
    assert last == 2.0


def test_counters_go_on_from_where_they_were() -> None:
    counts, last = total(ONES * 2, np.array([100.0]))
    assert counts[0] == 102
    assert last == 120


def test_swings_are_known_at_any_time_and_have_unit_spread() -> None:
    swings = Swings(np.random.default_rng(3), 3600, 5 * 86400)
    times = np.arange(0, 400 * DAY, HOUR, dtype=np.int64)
    values = swings.at(times)
    assert values.std() == pytest.approx(1.0, abs=0.15)
    np.testing.assert_array_equal(swings.at(times[100:120]), values[100:120])
    fine = swings.at(np.arange(0, 5 * MINUTE, SECOND, dtype=np.int64))
    assert np.abs(np.diff(fine)).max() < 0.01
