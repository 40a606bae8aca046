"""Silence is news: who goes quiet, who is told of it, and what one alarm covers."""

from __future__ import annotations

from collector.reading import Quality, Source
from tests.unit.alarms.small_plant import Planted, kind, plant, point, rule
from tests.unit.analytics.line import Line

PAIR = kind("pair", {"fast": point(), "slow": point("10m")}, {"high": rule(point="fast", above=150)})
TYPED = kind("typed", {"swab": point("1d", role="manual")}, {"high": rule(point="swab", above=150)})
A, B, C = "north/a", "north/b", "north/c"


def line() -> Line:
    return Line(
        plant(
            Planted(A, PAIR),
            Planted(B, PAIR, device="north/gateway"),
            Planted(C, PAIR, device="north/gateway"),
            Planted("north/d", TYPED),
        )
    )


def about(asset: str, said: list[tuple[float, str, bool]]) -> list[tuple[float, str, bool]]:
    """What was said of one asset; others of this plant were never heard."""
    return [one for one in said if one[1].startswith(f"{asset} ")]


def beat(one: Line, minutes: range, *points: str) -> list[tuple[float, str, bool]]:
    """Each point sends every minute; a tick follows each minute."""
    said = []
    for minute in minutes:
        said += one.send(one.batch([(minute, p, 20.0) for p in points]))
        said += one.tick(minute + 0.5)
    return said


def test_a_point_goes_quiet_alone_and_comes_back() -> None:
    one = line()
    assert beat(one, range(10), f"{A}/fast", f"{A}/slow") == []
    said = beat(one, range(10, 50), f"{A}/fast")
    assert said == [(39, "north/a no_data.slow", True)], "three intervals after it was last heard"
    assert one.play(f"{A}/slow", {50: 1}) == [(50, "north/a no_data.slow", False)]


def test_a_device_goes_quiet_one_alarm_for_all_its_points() -> None:
    one = line()
    beat(one, range(10), f"{A}/fast", f"{A}/slow", f"{B}/fast")
    said = beat(one, range(10, 100), f"{B}/fast")
    assert about(A, said) == [(14, "north/a no_data", True)]
    back = one.play(f"{A}/fast", {100: 1})
    assert back == [(100, "north/a no_data", False)]
    assert about(A, beat(one, range(101, 129), f"{A}/fast", f"{B}/fast")) == []
    said = beat(one, range(129, 133), f"{A}/fast", f"{B}/fast")
    assert about(A, said) == [(130, "north/a no_data.slow", True)], (
        "its whole time again after the device came back"
    )


def test_a_gateway_goes_quiet_its_first_asset_says_so_once() -> None:
    one = line()
    beat(one, range(10), f"{A}/fast", f"{B}/fast", f"{C}/fast")
    assert beat(one, range(10, 40), f"{A}/fast") == [(14, "north/b no_data", True)]


def test_silence_found_in_a_backlog_is_told_as_it_was() -> None:
    one = line()
    minutes = [*range(10), *range(60, 70)]
    rows = [(m, f"{A}/{p}", 20.0) for m in minutes for p in ("fast", "slow")]
    rows += [(m, f"{B}/fast", 20.0) for m in range(70)]
    said = one.send(one.batch(rows))
    assert about(A, said) == [(14, "north/a no_data", True), (60, "north/a no_data", False)]


def test_points_that_come_slower_than_configured_are_waited_for_at_their_pace() -> None:
    one = line()
    said = one.play(f"{A}/fast", dict.fromkeys(range(0, 900, 15), 20.0))
    assert about(A, said) == [(60, "north/a no_data.slow", True)]
    assert about(A, one.tick(885 + 44)) == []
    assert about(A, one.tick(885 + 46)) == [(930, "north/a no_data", True)]


def test_a_point_never_heard_is_missed_after_an_hour() -> None:
    one = line()
    said = beat(one, range(90), f"{A}/fast")
    assert sorted(said) == [
        (60, "north/a no_data.slow", True),
        (60, "north/b no_data", True),
    ]


def test_typed_values_have_no_rhythm() -> None:
    one = line()
    one.send(one.batch([(0, "north/d/swab", 5)], source=Source.MANUAL))
    assert [s for s in one.tick(10_000) if "/d" in s[1]] == []


def test_what_comes_late_shows_that_its_device_lives() -> None:
    one = line()
    beat(one, range(10), f"{A}/fast", f"{B}/fast")
    for minute in range(10, 40):
        buffered = one.batch([(minute - 8, f"{A}/fast", 20)], received=minute, quality=Quality.UNCERTAIN)
        late = one.batch([(minute - 11, f"{A}/fast", 20)], received=minute, quality=Quality.UNCERTAIN)
        live = one.batch([(minute, f"{B}/fast", 20)])
        assert one.send(buffered if minute < 12 else late, live) == []


def test_intake_was_away_nobody_is_blamed() -> None:
    one = line()
    beat(one, range(10), f"{A}/fast", f"{B}/fast", f"{A}/slow", f"{B}/slow")
    one.pipeline.excuse_silence(one.batch([(60, f"{A}/fast", 1)]).received_at)
    assert one.tick(60) == []
    assert beat(one, range(61, 64), f"{A}/fast") == []
    assert beat(one, range(64, 70), f"{A}/fast") == [(65, "north/b no_data", True)]


def test_values_that_cannot_be_for_minutes_raise_their_own_alarm() -> None:
    one = line()
    said = []
    for minute in range(12):
        quality = Quality.BAD if 2 <= minute < 9 else Quality.GOOD
        said += one.send(one.batch([(minute, f"{A}/fast", 900 if quality else 20)], quality=quality))
    assert said == [(7, "north/a bad_data.fast", True), (10, "north/a bad_data.fast", False)]


def test_one_senseless_value_is_no_news() -> None:
    one = line()
    said = []
    for minute in range(12):
        quality = Quality.BAD if minute == 4 else Quality.GOOD
        said += one.send(one.batch([(minute, f"{A}/fast", 20)], quality=quality))
    assert said == []
