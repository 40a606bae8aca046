"""What a zone should be when: weekly programmes with their exceptions, and overrides for a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

_DAY_MINUTES = 1440
_LOWEST, _HIGHEST = 5.0, 28.0


class Use(StrEnum):
    """How a zone is used in a period."""

    OCCUPIED = "occupied"
    REDUCED = "reduced"
    OFF = "off"
    FROST_GUARD = "frost_guard"


class DayRule(StrEnum):
    """Which rule chose the programme of a day."""

    EXCEPTION = "exception_day"
    HOLIDAY = "holiday"
    MAKE_UP_WORKDAY = "make_up_workday"
    VACATION = "vacation"
    WEEKDAY = "weekday"


class ScheduleError(ValueError):
    """A programme contradicts itself; the message says where and what to write."""


@dataclass(frozen=True)
class Period:
    """Minutes of the local day, from `start` up to `end`, with a setpoint in °C."""

    start: int
    end: int
    setpoint: float
    use: Use = Use.OCCUPIED

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= _DAY_MINUTES:
            raise ScheduleError(
                f"period {self.start}-{self.end}: write minutes of one day, the start before the end; "
                "a period over midnight is one until 1440 and one from 0 on the next day"
            )
        if not _LOWEST <= self.setpoint <= _HIGHEST:
            raise ScheduleError(f"setpoint {self.setpoint} °C: write {_LOWEST} to {_HIGHEST} °C")


@dataclass(frozen=True)
class DayProgramme:
    """Periods of a day; what lies between them is held at the programme's base setpoint."""

    periods: tuple[Period, ...] = ()

    def __post_init__(self) -> None:
        ordered = sorted(self.periods, key=lambda one: one.start)
        for before, after in pairwise(ordered):
            if after.start < before.end:
                raise ScheduleError(
                    f"periods {before.start}-{before.end} and {after.start}-{after.end} overlap"
                )
        object.__setattr__(self, "periods", tuple(ordered))


NOTHING = DayProgramme()


@dataclass(frozen=True)
class Programme:
    """A week and its exceptions, in force from a date on until a later programme takes over."""

    name: str
    week: tuple[DayProgramme, ...]
    base_setpoint: float = 16.0
    base_use: Use = Use.REDUCED
    effective_from: dt.date = dt.date.min
    holiday: DayProgramme | None = None
    vacation: DayProgramme | None = None
    make_up_as: int = 0
    """Weekday whose programme a make-up workday takes, 0 = Monday."""
    exceptions: Mapping[dt.date, DayProgramme] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.week) != 7 or not 0 <= self.make_up_as < 7:
            raise ScheduleError(f"programme {self.name}: give seven days, and a weekday of 0 to 6")
        if not _LOWEST <= self.base_setpoint <= _HIGHEST:
            raise ScheduleError(f"base setpoint {self.base_setpoint} °C: write {_LOWEST} to {_HIGHEST} °C")


@dataclass(frozen=True)
class Override:
    """A setpoint in °C from `start` up to `end` (UTC ns), then the programme goes on."""

    start: int
    end: int
    setpoint: float
    use: Use = Use.OCCUPIED


@dataclass(frozen=True)
class ZoneSchedule:
    """Programmes of one zone in any order of their dates, and its overrides, later ones first in force."""

    programmes: tuple[Programme, ...]
    overrides: tuple[Override, ...] = ()

    def on(self, date: dt.date) -> Programme:
        """The programme in force on a date; before the first one, the first."""
        ordered = sorted(self.programmes, key=lambda one: one.effective_from)
        started = [one for one in ordered if one.effective_from <= date]
        return started[-1] if started else ordered[0]


def weekly(
    name: str, days: Mapping[int, tuple[Period, ...]], base_setpoint: float = 16.0, **rest: DayProgramme
) -> Programme:
    """A programme from the weekdays that have periods; `rest` may give `holiday` and `vacation`."""
    week = tuple(DayProgramme(days.get(weekday, ())) for weekday in range(7))
    return Programme(name, week, base_setpoint, **rest)  # type: ignore[arg-type]
