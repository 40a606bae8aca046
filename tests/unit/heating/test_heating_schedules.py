"""Schedules against an expectation walked hour by hour, over a year with holidays and both clock changes."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.heating.local_time import day_of, local_times
from analytics.heating.schedule import (
    NOTHING,
    DayProgramme,
    DayRule,
    Override,
    Period,
    Programme,
    ScheduleError,
    Use,
    ZoneSchedule,
    weekly,
)
from analytics.heating.schedule_plan import RULES, next_use, play
from config.calendar import FacilityCalendar
from config.clock import HOUR, SECOND
from config.facility_model import Calendar

TERMS = [
    {"title": {"en": "Spring", "zh": "春季"}, "from": "2025-02-24", "to": "2025-07-04"},
    {"title": {"en": "Autumn", "zh": "秋季"}, "from": "2025-09-01", "to": "2026-01-16"},
]
SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
LESSONS = (Period(7 * 60, 12 * 60, 20.0), Period(13 * 60 + 30, 21 * 60, 20.0))


def _calendar(country: str, zone: ZoneInfo) -> FacilityCalendar:
    made = Calendar.model_validate({"country": country, "terms": TERMS, "closed": ["2025-05-23"]})
    return FacilityCalendar(made, zone.key)


def _teaching(**changes: object) -> Programme:
    days = dict.fromkeys(range(5), LESSONS)
    made = weekly("Teaching block", days, 15.0, holiday=NOTHING, vacation=NOTHING)
    return Programme(**{**made.__dict__, **changes})


def _ns(text: str, zone: ZoneInfo) -> int:
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * SECOND


def _year(zone: ZoneInfo) -> np.ndarray:
    return np.arange(_ns("2025-01-01", zone), _ns("2026-01-01", zone), HOUR // 2)


def _expected(moment: dt.datetime, calendar: FacilityCalendar) -> float:
    """The same rules in words of their own, one moment at a time."""
    date = moment.date()
    in_term = any(dt.date.fromisoformat(t["from"]) <= date <= dt.date.fromisoformat(t["to"]) for t in TERMS)
    if calendar.is_holiday(date) or not in_term or not calendar.is_workday(date):
        return 15.0
    clock = moment.strftime("%H:%M")
    return 20.0 if "07:00" <= clock < "12:00" or "13:30" <= clock < "21:00" else 15.0


@pytest.mark.parametrize(("country", "zone"), [("CN", SHANGHAI), ("DE", BERLIN)])
def test_a_year_equals_the_expectation_of_every_half_hour(country: str, zone: ZoneInfo) -> None:
    calendar, times = _calendar(country, zone), _year(zone)
    plan = play(ZoneSchedule((_teaching(),)), times, calendar, zone)
    walked = [_expected(dt.datetime.fromtimestamp(t // SECOND, zone), calendar) for t in times]
    np.testing.assert_array_equal(plan.setpoint, walked)
    np.testing.assert_array_equal(plan.occupied, np.array(walked) == 20.0)


def test_chinese_make_up_workdays_are_taught() -> None:
    calendar = _calendar("CN", SHANGHAI)
    sunday, holiday = _ns("2025-04-27T09:00", SHANGHAI), _ns("2025-05-01T09:00", SHANGHAI)
    plan = play(ZoneSchedule((_teaching(),)), np.array([sunday, holiday]), calendar, SHANGHAI)
    assert [RULES[n] for n in plan.rule] == [DayRule.MAKE_UP_WORKDAY, DayRule.HOLIDAY]
    assert plan.setpoint.tolist() == [20.0, 15.0]


@pytest.mark.parametrize(("night", "hours"), [("2025-03-30", 23), ("2025-10-26", 25)])
def test_nights_of_the_clock_change_have_their_own_length(night: str, hours: int) -> None:
    first = _ns(night, BERLIN)
    times = np.arange(first, first + 26 * HOUR, HOUR // 4)
    local = local_times(times, BERLIN)
    day = day_of(dt.date.fromisoformat(night))
    assert np.count_nonzero(local.day == day) == hours * 4
    seven = times[(local.day == day) & (local.minute == 7 * 60)]
    assert seven.tolist() == [_ns(f"{night}T07:00", BERLIN)]


def test_an_exception_day_goes_before_the_holiday_and_a_later_programme_takes_over() -> None:
    calendar = _calendar("CN", SHANGHAI)
    fair = DayProgramme((Period(600, 900, 21.0),))
    first = _teaching(exceptions={dt.date(2025, 5, 1): fair})
    later = _teaching(name="Summer", base_setpoint=12.0, effective_from=dt.date(2025, 5, 2))
    moments = ["2025-05-01T11:00", "2025-05-01T23:00", "2025-05-02T03:00"]
    times = np.array([_ns(text, SHANGHAI) for text in moments])
    plan = play(ZoneSchedule((later, first)), times, calendar, SHANGHAI)
    assert plan.setpoint.tolist() == [21.0, 15.0, 12.0]
    assert RULES[plan.rule[0]] is DayRule.EXCEPTION


def test_an_override_rules_for_its_time_and_then_the_programme_goes_on() -> None:
    calendar = _calendar("CN", SHANGHAI)
    begin = _ns("2025-03-10T22:00", SHANGHAI)
    party = Override(begin, begin + 2 * HOUR, 21.5)
    times = begin + np.arange(-1, 4) * HOUR
    plan = play(ZoneSchedule((_teaching(),), (party,)), times, calendar, SHANGHAI)
    assert plan.setpoint.tolist() == [15.0, 21.5, 21.5, 15.0, 15.0]
    assert plan.overridden.tolist() == [False, True, True, False, False]


def test_the_next_use_is_seen_from_the_evening_before() -> None:
    calendar = _calendar("CN", SHANGHAI)
    times = _ns("2025-03-09T20:00", SHANGHAI) + np.arange(20) * HOUR
    steps, wanted = next_use(play(ZoneSchedule((_teaching(),)), times, calendar, SHANGHAI))
    assert steps[:3].tolist() == [11, 10, 9]
    assert steps[11] == 0
    assert wanted[0] == 20.0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Period(600, 500, 20.0), "start before the end"),
        (lambda: Period(0, 60, 40.0), "setpoint"),
        (lambda: DayProgramme((Period(0, 60, 20.0), Period(30, 90, 20.0))), "overlap"),
        (lambda: Programme("short", (NOTHING,)), "seven days"),
    ],
)
def test_mistakes_are_named(wrong: object, words: str) -> None:
    with pytest.raises(ScheduleError, match=words):
        wrong()  # type: ignore[operator]


def test_frost_guard_and_off_are_not_use() -> None:
    programme = Programme("Empty", (DayProgramme((Period(0, 1440, 8.0, Use.FROST_GUARD),)),) * 7)
    times = _ns("2025-03-10", SHANGHAI) + np.arange(24) * HOUR
    plan = play(ZoneSchedule((programme,)), times, _calendar("CN", SHANGHAI), SHANGHAI)
    assert not plan.occupied.any()
    assert set(plan.setpoint) == {8.0}
