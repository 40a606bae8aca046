"""When the zones of a plant are used, by the kind of room, over a whole run at once."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from analytics.heating.control.situation import Flags, Wanted
from analytics.heating.local_time import local_times
from analytics.heating.schedule import NOTHING, Period, Programme, ZoneSchedule, weekly
from analytics.heating.schedule_plan import next_use, play_local
from analytics.heating.winter.site import WinterSite
from collector.reading import Float64s, Int64s
from config.calendar import FacilityCalendar
from config.clock import SECOND

STEP_S = 300
_REDUCED = 16.0
_AHEAD_STEPS = 4 * 288
_CLASSROOM, _DORMITORY, _OFFICE = 0, 1, 2
_SETBACK = {_CLASSROOM: 12.0, _DORMITORY: 16.0, _OFFICE: 14.0}


@dataclass(frozen=True)
class Season:
    """Schedules of N zones over T steps [T, N]: °C, in use, seconds to the next use, its °C, to the end."""

    setpoint: Float64s
    occupied: Flags
    until_use: Float64s
    next_setpoint: Float64s
    until_end: Float64s

    def at(self, step: int) -> Wanted:
        """What the schedules want at a step."""
        return Wanted(
            self.setpoint[step],
            self.occupied[step],
            self.until_use[step],
            self.next_setpoint[step],
            self.until_end[step],
        )


def programme(use: int, warm: float) -> Programme:
    """The default week of a kind of room: lessons until 21:30, offices 8 to 18 h, dormitories always."""
    if use == _DORMITORY:
        return weekly("Dormitory", dict.fromkeys(range(7), (Period(0, 1440, warm),)), _REDUCED)
    if use == _OFFICE:
        days = dict.fromkeys(range(5), (Period(8 * 60, 18 * 60, warm),))
        return weekly("Office", days, _REDUCED, holiday=NOTHING)
    days = dict.fromkeys(range(5), (Period(7 * 60, 21 * 60 + 30, warm),))
    return weekly("Teaching block", days, _REDUCED, holiday=NOTHING, vacation=NOTHING)


def setbacks(site: WinterSite) -> Float64s:
    """How low a zone may sink while empty, °C [N], never below its frost guard."""
    return np.array(
        [max(_SETBACK[int(z.parameters["use"])], z.parameters["frost_temp"] + 3) for z in site.zones]
    )


def plan_season(
    site: WinterSite, calendar: FacilityCalendar, zone: ZoneInfo, start: int, steps: int
) -> Season:
    """Play every zone's default week from a time on (UTC ns)."""
    times = start + np.arange(steps + _AHEAD_STEPS, dtype=np.int64) * STEP_S * SECOND
    local = local_times(times, zone)
    rooms = [(int(z.parameters["use"]), float(z.parameters["occupied_temp"])) for z in site.zones]
    played = {}
    for use, warm in set(rooms):
        plan = play_local(ZoneSchedule((programme(use, warm),)), times, local, calendar)
        to_use, coming = next_use(plan)
        until = np.where(to_use < len(times), to_use * float(STEP_S), np.inf)
        ends = _seconds_to_end(plan.occupied)
        played[use, warm] = (plan.setpoint, plan.occupied, until, coming, ends)
    columns = [np.stack([played[room][n] for room in rooms], axis=1)[:steps] for n in range(5)]
    return Season(columns[0], columns[1].astype(np.bool_), *columns[2:])


def _seconds_to_end(occupied: Flags) -> Float64s:
    count = len(occupied)
    at: Int64s = np.where(occupied, count * 2, np.arange(count))
    following = np.minimum.accumulate(at[::-1])[::-1]
    return np.where(following < count, (following - np.arange(count)) * float(STEP_S), np.inf)
