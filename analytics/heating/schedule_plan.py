"""Schedules played over many times at once: setpoints, use, and which rule said so."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from analytics.heating.local_time import LocalTimes, date_of, local_times
from analytics.heating.schedule import DayProgramme, DayRule, Override, Programme, Use, ZoneSchedule
from collector.reading import Float64s, Int64s
from config.calendar import DayReason, FacilityCalendar

Flags = npt.NDArray[np.bool_]
USES, RULES = tuple(Use), tuple(DayRule)


class Plan(NamedTuple):
    """One zone over times [T]: °C, in use, and numbers into USES and RULES; `overridden` where one rules."""

    setpoint: Float64s
    occupied: Flags
    use: Int64s
    rule: Int64s
    overridden: Flags


def day_programme(programme: Programme, day: int, calendar: FacilityCalendar) -> tuple[DayProgramme, DayRule]:
    """The periods of a day number and the rule that chose them; the nearer rule goes first."""
    date = date_of(day)
    if date in programme.exceptions:
        return programme.exceptions[date], DayRule.EXCEPTION
    if programme.holiday is not None and calendar.is_holiday(date):
        return programme.holiday, DayRule.HOLIDAY
    if programme.vacation is not None and not calendar.in_term(date):
        return programme.vacation, DayRule.VACATION
    if calendar.day(date).reason in (DayReason.MAKE_UP_WORKDAY, DayReason.FACILITY_OPEN):
        return programme.week[programme.make_up_as], DayRule.MAKE_UP_WORKDAY
    return programme.week[date.weekday()], DayRule.WEEKDAY


def play(schedule: ZoneSchedule, times: Int64s, calendar: FacilityCalendar, zone: ZoneInfo) -> Plan:
    """The plan of one zone at UTC times [T] in ns."""
    return play_local(schedule, times, local_times(times, zone), calendar)


def play_local(schedule: ZoneSchedule, times: Int64s, local: LocalTimes, calendar: FacilityCalendar) -> Plan:
    """As `play`, where local times are known already: many zones share them."""
    count = len(times)
    setpoint, use = np.empty(count), np.empty(count, dtype=np.int64)
    rule = np.empty(count, dtype=np.int64)
    for day in np.unique(local.day):
        programme = schedule.on(date_of(int(day)))
        periods, chosen = day_programme(programme, int(day), calendar)
        at = local.day == day
        rule[at] = RULES.index(chosen)
        setpoint[at], use[at] = _day(programme, periods, local.minute[at])
    overridden = np.zeros(count, dtype=np.bool_)
    for one in schedule.overrides:
        _override(one, times, setpoint, use, overridden)
    return Plan(setpoint, use == USES.index(Use.OCCUPIED), use, rule, overridden)


def next_use(plan: Plan) -> tuple[Int64s, Float64s]:
    """Steps to the next time in use [T] (0 while in use, T where none follows) and its setpoint °C."""
    count = len(plan.setpoint)
    at = np.where(plan.occupied, np.arange(count), count)
    following = np.minimum.accumulate(at[::-1])[::-1]
    wanted = np.append(plan.setpoint, np.nan)[following]
    return np.where(following < count, following - np.arange(count), count), wanted


def _day(programme: Programme, day: DayProgramme, minute: Int64s) -> tuple[Float64s, Int64s]:
    edges = [0, *(edge for period in day.periods for edge in (period.start, period.end))]
    values = [programme.base_setpoint]
    uses = [USES.index(programme.base_use)]
    for period in day.periods:
        values += [period.setpoint, programme.base_setpoint]
        uses += [USES.index(period.use), uses[0]]
    slot = np.searchsorted(edges, minute, side="right") - 1
    return np.array(values)[slot], np.array(uses)[slot]


def _override(one: Override, times: Int64s, setpoint: Float64s, use: Int64s, overridden: Flags) -> None:
    at = (times >= one.start) & (times < one.end)
    setpoint[at], use[at], overridden[at] = one.setpoint, USES.index(one.use), True
