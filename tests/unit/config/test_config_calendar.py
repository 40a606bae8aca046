"""The calendar: Chinese make-up workdays, holidays beyond the published table, terms, the heating season."""

import datetime as dt

import pytest

from config.calendar import DayKind, DayReason, FacilityCalendar
from config.clock import HOUR
from config.facility_model import Calendar

AUTUMN = {"title": {"en": "Autumn", "zh": "秋季"}, "from": dt.date(2026, 8, 31), "to": dt.date(2027, 1, 15)}


def calendar(**keys):
    return FacilityCalendar(Calendar.model_validate({"terms": [AUTUMN], **keys}), "Asia/Shanghai")


@pytest.mark.parametrize(
    ("date", "workday", "reason"),
    [
        (dt.date(2026, 9, 21), True, DayReason.WEEKDAY),
        (dt.date(2026, 9, 26), False, DayReason.PUBLIC_HOLIDAY),
        (dt.date(2026, 10, 1), False, DayReason.PUBLIC_HOLIDAY),
        (dt.date(2026, 10, 10), True, DayReason.MAKE_UP_WORKDAY),
        (dt.date(2026, 11, 21), False, DayReason.WEEKEND),
        (dt.date(2035, 10, 1), False, DayReason.PUBLIC_HOLIDAY_WITHOUT_MAKE_UP_DAYS),
        (dt.date(2035, 10, 13), False, DayReason.WEEKEND_WITHOUT_MAKE_UP_DAYS),
        (dt.date(2035, 11, 14), True, DayReason.WEEKDAY_WITHOUT_MAKE_UP_DAYS),
    ],
)
def test_a_day_in_china_is_worked_or_not_for_a_named_reason(date, workday, reason):
    day = calendar().day(date)
    assert (day.workday, day.reason) == (workday, reason)


def test_another_country_has_its_own_holidays():
    german = calendar(country="DE")
    assert german.is_holiday(dt.date(2026, 10, 3))
    assert german.is_workday(dt.date(2026, 10, 1))
    assert not german.is_workday(dt.date(2026, 10, 10))


def test_the_facilitys_own_days_come_before_the_countrys():
    own = calendar(closed=[dt.date(2026, 9, 21)], open=[dt.date(2026, 10, 1)])
    assert own.day(dt.date(2026, 9, 21)).reason is DayReason.FACILITY_CLOSED
    assert own.is_holiday(dt.date(2026, 9, 21))
    assert own.is_workday(dt.date(2026, 10, 1))


def test_schedules_see_four_kinds_of_day():
    school = calendar()
    kinds = {
        dt.date(2026, 10, 10): DayKind.TEACHING,
        dt.date(2026, 10, 1): DayKind.HOLIDAY,
        dt.date(2026, 11, 21): DayKind.OFF,
        dt.date(2026, 8, 3): DayKind.WORKDAY,
    }
    assert {date: school.day_kind(date) for date in kinds} == kinds
    assert school.in_term(dt.date(2027, 1, 15))
    assert not school.in_term(dt.date(2027, 1, 16))


def test_the_heating_season_goes_over_the_turn_of_the_year():
    harbin = calendar(heating_season=("10-20", "04-20"))
    dates = [(10, 19), (10, 20), (1, 1), (4, 20), (4, 21), (7, 1)]
    assert [harbin.in_heating_season(dt.date(2026, *d)) for d in dates] == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    southern = calendar(heating_season=("05-01", "09-30"))
    assert southern.in_heating_season(dt.date(2026, 7, 1))
    assert not southern.in_heating_season(dt.date(2026, 1, 1))


def test_the_date_changes_at_local_midnight():
    midnight_utc = int(dt.datetime(2026, 11, 21, tzinfo=dt.UTC).timestamp()) * 10**9
    assert calendar().date_of(midnight_utc + 15 * HOUR) == dt.date(2026, 11, 21)
    assert calendar().date_of(midnight_utc + 16 * HOUR) == dt.date(2026, 11, 22)
