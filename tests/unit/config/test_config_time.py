"""Durations as people write them, and the one clock."""

import pytest

from config.clock import HOUR, ManualClock, SystemClock, WoundClock, clock_from
from config.durations import format_duration, parse_duration
from config.mistakes import RefusedError


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("30s", 30 * 10**9),
        ("1.5h", 5400 * 10**9),
        ("250ms", 250 * 10**6),
        ("2 d", 48 * HOUR),
        ("1y", 8760 * HOUR),
    ],
)
def test_durations_are_numbers_with_a_unit(text, ns):
    assert parse_duration(text) == ns
    assert parse_duration(format_duration(ns)) == ns


def test_nothing_lasts_nothing():
    assert parse_duration(0) == 0
    assert parse_duration(format_duration(0)) == 0


@pytest.mark.parametrize("value", [30, "30", "-5s", "1h30m", "soon", None, True])
def test_a_number_without_unit_is_no_duration(value):
    with pytest.raises(RefusedError, match="for example 30s or 5m"):
        parse_duration(value)


def test_a_wound_clock_runs_at_its_speed_and_is_handed_to_children():
    clock = clock_from("1000,5000,60")
    assert isinstance(clock, WoundClock)
    assert clock_from(clock.environment()) == clock
    assert WoundClock(epoch=SystemClock().now_ns(), start=0, speed=1000.0).now_ns() >= 0


def test_without_a_variable_the_machines_clock_counts():
    assert isinstance(clock_from(None), SystemClock)
    assert isinstance(clock_from(""), SystemClock)


@pytest.mark.parametrize("value", ["fast", "1,2", "1,2,x", "1,2,0", "1,2,-3", "1,2,nan"])
def test_a_variable_that_is_no_clock_is_refused(value):
    with pytest.raises(RefusedError, match="Write"):
        clock_from(value)


def test_tests_wind_their_clock_by_hand():
    clock = ManualClock(5)
    clock.sleep(2)
    clock.wind(-1)
    assert clock.now_ns() == 5 + 10**9
    clock.set(7)
    assert clock.now_ns() == 7
