"""Which days are work, holiday, term or heating season at a facility.

China's table of public holidays knows the make-up workdays around them; it is published year by year. Beyond
its years, and for other countries, the holidays alone are known: a day's reason says which table spoke.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays

from config.clock import SECOND
from config.facility_model import Calendar, Term


class DayReason(StrEnum):
    """Why a day is work or not."""

    FACILITY_CLOSED = "facility_closed"
    FACILITY_OPEN = "facility_open"
    PUBLIC_HOLIDAY = "public_holiday"
    MAKE_UP_WORKDAY = "make_up_workday"
    WEEKEND = "weekend"
    WEEKDAY = "weekday"
    PUBLIC_HOLIDAY_WITHOUT_MAKE_UP_DAYS = "public_holiday_without_make_up_days"
    WEEKEND_WITHOUT_MAKE_UP_DAYS = "weekend_without_make_up_days"
    WEEKDAY_WITHOUT_MAKE_UP_DAYS = "weekday_without_make_up_days"


class DayKind(StrEnum):
    """How schedules see a day."""

    TEACHING = "teaching"
    WORKDAY = "workday"
    OFF = "off"
    HOLIDAY = "holiday"


@dataclass(frozen=True)
class Day:
    """Whether a day is worked, and why."""

    workday: bool
    reason: DayReason


_WORKED = {DayReason.FACILITY_OPEN, DayReason.MAKE_UP_WORKDAY, DayReason.WEEKDAY}
_WORKED.add(DayReason.WEEKDAY_WITHOUT_MAKE_UP_DAYS)
_HOLIDAYS = {
    DayReason.PUBLIC_HOLIDAY,
    DayReason.PUBLIC_HOLIDAY_WITHOUT_MAKE_UP_DAYS,
    DayReason.FACILITY_CLOSED,
}
_SATURDAY = 5
_CHINA = "CN"


class FacilityCalendar:
    """The calendar of one facility in one time zone. Dates are local; the same date gives the same answer."""

    def __init__(self, calendar: Calendar, time_zone: str) -> None:
        self._calendar = calendar
        self._zone = ZoneInfo(time_zone)
        self._closed, self._open = frozenset(calendar.closed), frozenset(calendar.open)

    def date_of(self, ns: int) -> dt.date:
        """The local date of a UTC time in ns."""
        return dt.datetime.fromtimestamp(ns / SECOND, self._zone).date()

    def day(self, date: dt.date) -> Day:
        """Whether the date is worked, and why; the facility's own days come before the country's."""
        if date in self._open:
            reason = DayReason.FACILITY_OPEN
        elif date in self._closed:
            reason = DayReason.FACILITY_CLOSED
        else:
            reason = _public(self._calendar.country, date)
        return Day(reason in _WORKED, reason)

    def is_workday(self, date: dt.date) -> bool:
        """Whether people work on this date."""
        return self.day(date).workday

    def is_holiday(self, date: dt.date) -> bool:
        """Whether it is a public holiday or a day the facility is closed; a plain weekend is neither."""
        return self.day(date).reason in _HOLIDAYS

    def term(self, date: dt.date) -> Term | None:
        """The term the date lies in; None in the vacation."""
        return next((t for t in self._calendar.terms if t.start <= date <= t.end), None)

    def in_term(self, date: dt.date) -> bool:
        """Whether the date lies in a term, weekends and holidays within it too."""
        return self.term(date) is not None

    def in_heating_season(self, date: dt.date) -> bool:
        """Whether the date lies in the heating season, which may go over the turn of the year."""
        first, last = self._calendar.heating_season
        day = f"{date:%m-%d}"
        return first <= day <= last if first <= last else day >= first or day <= last

    def day_kind(self, date: dt.date) -> DayKind:
        """Teaching (worked, in term), workday (worked, in the vacation), off (weekend) or holiday."""
        day = self.day(date)
        if day.workday:
            return DayKind.TEACHING if self.in_term(date) else DayKind.WORKDAY
        return DayKind.HOLIDAY if day.reason in _HOLIDAYS else DayKind.OFF


@functools.lru_cache(maxsize=4096)
def _public(country: str, date: dt.date) -> DayReason:
    weekend = date.weekday() >= _SATURDAY
    if country != _CHINA:
        if date in _holidays(country, date.year):
            return DayReason.PUBLIC_HOLIDAY
        return DayReason.WEEKEND if weekend else DayReason.WEEKDAY
    try:
        worked = chinese_calendar.is_workday(date)
    except NotImplementedError:
        return _without_table(date, weekend)
    if worked:
        return DayReason.MAKE_UP_WORKDAY if weekend else DayReason.WEEKDAY
    if chinese_calendar.get_holiday_detail(date)[1] is not None:
        return DayReason.PUBLIC_HOLIDAY
    return DayReason.WEEKEND


def _without_table(date: dt.date, weekend: bool) -> DayReason:
    if date in _holidays(_CHINA, date.year):
        return DayReason.PUBLIC_HOLIDAY_WITHOUT_MAKE_UP_DAYS
    return DayReason.WEEKEND_WITHOUT_MAKE_UP_DAYS if weekend else DayReason.WEEKDAY_WITHOUT_MAKE_UP_DAYS


@functools.lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays(country, years=year))
