"""Alarm conditions in virtual time: what a trace of readings makes a rule say, minute by minute."""

from __future__ import annotations

import pytest

from collector.reading import Quality, Source
from tests.unit.alarms.small_plant import Planted, derived, kind, plant, point, rule
from tests.unit.analytics.line import Line, at, said

A = "north/a"


def one(rules: dict[str, object], **more: object) -> Line:
    """A line with one asset: points t and run each minute, door when it likes."""
    points = {"t": point(), "run": point(type="bool"), "door": point("1h", type="bool")}
    thing = kind(
        "thing", points, rules, derived=more.pop("derived", None), parameters=more.pop("parameters", None)
    )  # type: ignore[arg-type]
    return Line(plant(Planted(A, thing, **more), Planted("north/b", thing)))  # type: ignore[arg-type]


def hot(**more: object) -> Line:
    return one({"hot": rule(point="t", above=90, **more)})


def test_above_its_limit_and_back() -> None:
    assert hot().play(f"{A}/t", [80, 91, 95, 90, 91]) == [
        (1, "north/a hot", True),
        (3, "north/a hot", False),
        (4, "north/a hot", True),
    ]


def test_below_its_limit_with_a_deadband() -> None:
    line = one({"low": rule(point="t", below=10, deadband=2)})
    assert line.play(f"{A}/t", [12, 9.9, 11, 11.9, 12, 11]) == [
        (1, "north/a low", True),
        (4, "north/a low", False),
    ]


def test_deadband_keeps_a_wobble_from_chattering() -> None:
    assert hot(deadband=1).play(f"{A}/t", [91, 89.5, 90.5, 89.2, 91, 89]) == [
        (0, "north/a hot", True),
        (5, "north/a hot", False),
    ]


def test_on_delay_forgets_a_spike_and_believes_a_plateau() -> None:
    line = hot(on_delay="3m")
    assert line.play(f"{A}/t", [80, 95, 95, 80, 95, 95, 95, 95, 95]) == [(7, "north/a hot", True)]


def test_off_delay_keeps_it_up_through_a_dip() -> None:
    line = hot(off_delay="3m")
    assert line.play(f"{A}/t", [95, 80, 80, 95, 80, 80, 80, 80]) == [
        (0, "north/a hot", True),
        (7, "north/a hot", False),
    ]


def test_equals_watches_states() -> None:
    door = kind(
        "door", {"door": point("1h", type="bool")}, {"open": rule(point="door", equals=1, on_delay="30m")}
    )
    line = Line(plant(Planted(A, door)))
    assert line.play(f"{A}/door", {0: 0, 5: 1, 20: 0, 25: 1, 55: 1}) == [(55, "north/a open", True)]


def test_delay_shorter_than_the_interval_needs_no_second_reading() -> None:
    line = hot(on_delay="15s")
    assert line.play(f"{A}/t", [80, 95]) == []
    assert line.tick(1.2) == []
    (change,) = line.pipeline.tick(at(1.3))
    assert said([change]) == [(1.25, "north/a hot", True)]
    assert change.evidence == {"values": {"t": 95.0}, "point": "t"}


def test_delay_longer_than_the_interval_waits_for_a_reading_that_confirms() -> None:
    line = hot(on_delay="3m")
    assert line.play(f"{A}/t", [95, 95]) == []
    assert line.tick(4) == [], "one reading stands for one interval, not for three"
    assert line.play(f"{A}/t", {4: 95}) == [(4, "north/a hot", True)]


def test_delays_run_in_reading_time_when_readings_come_in_one_go() -> None:
    line = hot(on_delay="3m")
    rows = [(minute, f"{A}/t", 95.0) for minute in range(5)]
    assert line.send(line.batch(rows)) == [(3, "north/a hot", True)]


def test_unknown_value_holds_the_alarm() -> None:
    line = hot()
    line.play(f"{A}/t", [95])
    assert line.send(line.batch([(1, f"{A}/t", -400)], quality=Quality.BAD)) == []
    assert line.play(f"{A}/run", {2: 1, 3: 1}) == []
    assert line.play(f"{A}/t", {4: 80}) == [(4, "north/a hot", False)]


def test_silent_point_neither_raises_nor_clears() -> None:
    line = hot(on_delay="10m", off_delay="10m")
    assert line.play(f"{A}/t", [80, 95]) == []
    said = [s for minute in range(2, 40) for s in line.play(f"{A}/run", {minute: 1})]
    assert said == [(6, "north/a no_data.t", True)]
    assert line.play(f"{A}/t", {41: 95, 42: 95})[0] == (41, "north/a hot", True)
    said = [s for minute in range(43, 59) for s in line.play(f"{A}/run", {minute: 1})]
    assert said[0] == (47, "north/a no_data.t", True)


def test_late_readings_never_alarm() -> None:
    line = hot()
    line.play(f"{A}/t", {60: 80})
    late = line.batch([(30, f"{A}/t", 99)], received=61, quality=Quality.UNCERTAIN)
    assert line.send(late) == []
    assert line.play(f"{A}/t", {62: 80}) == []


def test_uncertain_for_another_reason_does_alarm() -> None:
    line = hot()
    corrected = line.batch([(0, f"{A}/t", 99)], quality=Quality.UNCERTAIN)
    assert line.send(corrected) == [(0, "north/a hot", True)]


def test_older_than_what_is_known_changes_nothing() -> None:
    line = hot()
    line.play(f"{A}/t", {5: 80})
    assert line.play(f"{A}/t", {4: 99}) == []
    both = line.batch([(7, f"{A}/t", 80), (6, f"{A}/t", 99)], received=7)
    assert line.send(both) == [(6, "north/a hot", True), (7, "north/a hot", False)]


def test_enabling_condition_switches_the_rule_off_and_clears_it() -> None:
    line = one({"hot": rule(point="t", above=90, enabled_by="run == 1")})
    said = []
    for minute, (t, run) in enumerate([(95, 0), (95, 1), (95, 1), (95, 0), (95, 1), (80, 1)]):
        said += line.send(line.batch([(minute, f"{A}/t", t), (minute, f"{A}/run", run)]))
    assert said == [
        (1, "north/a hot", True),
        (3, "north/a hot", False),
        (4, "north/a hot", True),
        (5, "north/a hot", False),
    ]


def test_unknown_enabling_condition_holds_what_was() -> None:
    line = one({"hot": rule(point="t", above=90, enabled_by="run == 1")})
    assert line.play(f"{A}/t", [95, 95]) == []


def test_condition_in_words_over_a_window() -> None:
    line = one({"cycling": rule(when="starts(run, '10m') > 2")})
    values = [0, 1] * 8 + [0] * 12
    assert line.play(f"{A}/run", values) == [(10, "north/a cycling", True), (21, "north/a cycling", False)]


def test_limit_that_is_an_expression_follows_its_inputs() -> None:
    line = one(
        {"over": rule(point="t", above="where(run > 0, target + 5, target + 20)")},
        parameters={"target": 60.0},
    )
    said = []
    for minute, (t, run) in enumerate([(66, 0), (66, 1), (81, 0), (79, 0)]):
        said += line.send(line.batch([(minute, f"{A}/t", t), (minute, f"{A}/run", run)]))
    assert said == [(1, "north/a over", True), (3, "north/a over", False)]


def test_an_asset_has_its_own_limit_delay_deadband_and_may_switch_a_rule_off() -> None:
    alarms = {"hot": rule(point="t", above=90), "warm": rule(point="t", above=50)}
    own = {"hot": {"above": 70.0, "on_delay": "1m", "deadband": 5.0}, "warm": {"disabled": True}}
    line = one(alarms, alarms=own)
    assert line.play(f"{A}/t", [75, 75, 66, 65]) == [(1, "north/a hot", True), (3, "north/a hot", False)]
    assert line.play("north/b/t", [75]) == [(0, "north/b warm", True)]


def test_evidence_says_value_and_limit() -> None:
    line = hot()
    outcome = line.pipeline.take([line.batch([(0, f"{A}/t", 99)])])
    assert outcome.changes[0].evidence == {"values": {"t": 99.0}, "point": "t", "above": 90.0}


def test_typed_values_are_judged_like_any_other() -> None:
    line = hot()
    typed = line.batch([(0, f"{A}/t", 99)], source=Source.MANUAL)
    assert line.send(typed) == [(0, "north/a hot", True)]


DERIVED = {
    "gap": derived("t - 20"),
    "double": derived("gap * 2", when="run == 1"),
    "half": derived("gap / run", plausible=[0, 100]),
}


def test_derived_points_are_computed_in_order_guarded_and_kept_plausible() -> None:
    line = one({"far": rule(point="double", above=100)}, derived=DERIVED)
    said = []
    for minute, (t, run) in enumerate([(50, 1), (80, 1), (80, 0), (200, 1)]):
        said += line.send(line.batch([(minute, f"{A}/t", t), (minute, f"{A}/run", run)]))
    assert line.of(f"{A}/gap") == [(0, 30), (1, 60), (2, 60), (3, 180)]
    assert line.of(f"{A}/double") == [(0, 60), (1, 120), (3, 360)]
    assert line.of(f"{A}/half") == [(0, 30), (1, 60)]
    assert said == [(1, "north/a far", True)]


def test_derived_points_are_told_where_their_inputs_were_measured() -> None:
    line = one({"far": rule(point="gap", above=100)}, derived=DERIVED)
    line.send(line.batch([(0, f"{A}/t", 50), (1, f"{A}/door", 1), (2, f"{A}/t", 60)]))
    assert line.of(f"{A}/gap") == [(0, 30), (2, 40)]


def test_derived_points_in_a_circle_are_named() -> None:
    circle = {"x": derived("y + t"), "y": derived("x + t")}
    with pytest.raises(ValueError, match="x, y are computed from each other"):
        one({"far": rule(point="x", above=100)}, derived=circle)
