"""Caretaker watches its own parts; one check is about a second."""

from __future__ import annotations

from collections.abc import Iterable

from analytics.alarms.system import CHECKS_AFTER_DEATH, CHECKS_IN_TROUBLE, CHECKS_WITHOUT_BEAT, SystemWatch
from collector.journal import Bound, BoundName, Level
from config.heartbeat import PartHealth

NOW = 1_760_000_000 * 10**9
FULL = Bound(BoundName.SIZE, Level.WARN, 90, 100)
LAG = Bound(BoundName.READER_LAG, Level.FULL, 200, 100, "store")


def beat(part: str, second: int, state: str = "ok", reason: str = "") -> PartHealth:
    return PartHealth(part, 1, state, reason, NOW + second * 10**9, {})


class Watched:
    """A watch that is called once a second with what the parts last said."""

    def __init__(self, active: Iterable[tuple[str, str]] = ()) -> None:
        self.watch = SystemWatch("analyse", active)
        self.second = 0

    def check(self, *parts: PartHealth, bounds: tuple[Bound, ...] = ()) -> list[tuple[str, str, bool]]:
        self.second += 1
        changes = self.watch.check({p.part: p for p in parts}, bounds, NOW + self.second * 10**9)
        return [(c.asset, c.rule, c.active) for c in changes]

    def checks(self, count: int, *parts: PartHealth) -> list[tuple[str, str, bool]]:
        return [said for _ in range(count) for said in self.check(*parts)]


def test_a_part_that_beats_is_no_news() -> None:
    one = Watched()
    assert [
        s for second in range(60) for s in one.check(beat("collect", second), beat("notify", second))
    ] == []


def test_a_part_falls_silent_and_comes_back() -> None:
    one = Watched()
    one.check(beat("collect", 0))
    assert one.checks(CHECKS_WITHOUT_BEAT - 1, beat("collect", 0)) == []
    assert one.check(beat("collect", 0)) == [("system/collect", "part_silent", True)]
    assert one.checks(5, beat("collect", 0)) == []
    assert one.check(beat("collect", 40)) == [("system/collect", "part_silent", False)]


def test_a_lasting_part_that_never_came_up_again_is_missed_a_passing_one_is_not() -> None:
    one = Watched()
    said = one.checks(CHECKS_WITHOUT_BEAT + 5, beat("store", 0), beat("history", 0), beat("simulate", 0))
    assert said == [("system/store", "part_silent", True)]


def test_an_optional_part_is_missed_once_it_was_seen_alive() -> None:
    one = Watched()
    one.check(beat("simulate", 0))
    one.check(beat("simulate", 1))
    assert one.checks(CHECKS_WITHOUT_BEAT, beat("simulate", 1)) == [("system/simulate", "part_silent", True)]


def test_analytics_does_not_judge_itself() -> None:
    assert Watched().checks(60, beat("analyse", 0)) == []


def test_a_part_says_for_a_while_that_it_cannot_work() -> None:
    one = Watched()
    said = [
        s
        for second in range(CHECKS_IN_TROUBLE)
        for s in one.check(beat("notify", second, "failing", "no route"))
    ]
    assert said == [("system/notify", "part_failed", True)]
    assert one.check(beat("notify", 99)) == [("system/notify", "part_failed", False)]


def test_trouble_of_a_moment_is_no_news() -> None:
    one = Watched()
    for second in range(60):
        state = "deaf" if second % 10 else "ok"
        assert one.check(beat("collect", second, state)) == []


def supervisor(second: int, **deaths: int) -> PartHealth:
    return PartHealth("supervisor", 1, "ok", "", NOW + second * 10**9, {"deaths": deaths})


def test_a_part_that_dies_and_is_restarted_raises_an_alarm_that_clears_when_it_lives() -> None:
    one = Watched()
    said = []
    for second in range(60):
        parts = (supervisor(second, store=1 if second >= 10 else 0), beat("store", second))
        said += [(second, *s) for s in one.check(*parts)]
    assert said == [
        (10, "system/store", "part_failed", True),
        (10 + CHECKS_AFTER_DEATH, "system/store", "part_failed", False),
    ]


def test_analytics_tells_of_its_own_death_but_not_again_of_others() -> None:
    one = Watched()
    assert one.check(supervisor(0, analyse=2, store=3)) == [("system/analyse", "part_failed", True)]


def test_the_journal_fills_and_its_reader_lags() -> None:
    one = Watched()
    assert one.check(bounds=(FULL, LAG)) == [
        ("system/journal", "journal_filling", True),
        ("system/reader-store", "reader_lagging", True),
    ]
    assert one.check() == [], "not measured this time"
    easy = Bound(BoundName.SIZE, Level.OK, 10, 100)
    assert one.check(bounds=(easy,)) == [
        ("system/journal", "journal_filling", False),
        ("system/reader-store", "reader_lagging", False),
    ]


def test_alarms_from_before_a_restart_are_cleared_when_all_is_well() -> None:
    one = Watched([("system/collect", "part_silent"), ("north/boiler-1", "hot")])
    assert one.check(beat("collect", 0)) == [("system/collect", "part_silent", False)]


def test_intake_is_away_when_the_collector_is_silent_or_deaf() -> None:
    one = Watched()
    one.check(beat("collect", 0))
    assert not one.watch.intake_away
    one.check(beat("collect", 1, "deaf", "broker refused the connection"))
    assert one.watch.intake_away
    one.check(beat("collect", 2))
    assert not one.watch.intake_away
    one.checks(CHECKS_WITHOUT_BEAT // 3, beat("collect", 2))
    assert one.watch.intake_away
