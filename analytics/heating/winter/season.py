"""Plays one controller against one plant, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from zoneinfo import ZoneInfo

import numpy as np

from analytics.heating.control.situation import Controller, Situation, Wanted
from analytics.heating.winter.errors import PlantError
from analytics.heating.winter.occupancy import STEP_S, Season, plan_season
from analytics.heating.winter.site import WinterSite, find_site
from analytics.heating.winter.wire import PlantProcess
from collector.reading import Float64s
from config.calendar import FacilityCalendar
from config.clock import SECOND
from config.plant import Plant

_STEPS_A_DAY = 288
_BELOW, _ABOVE = 0.5, 2.0
_LEARNING_DAYS = 10
_EARLY_STEPS, _LATE_STEPS = 6, 2
_LONGEST_WARM_UP = 96

MakeController = Callable[[WinterSite], Controller]


@dataclass(frozen=True)
class Outcome:
    """Figures of one run; comfort hours are zone-hours in use from 0.5 K below to 2 K above the setpoint."""

    gas_kwh: float
    electricity_kwh: float
    comfort_hours: float
    burner_starts: float
    min_zone_c: float
    max_zone_c: float
    occupied_hours: float
    on_time: float
    """Share of mornings after ten days on which a zone that had to warm up arrived from 30 min before to
    10 min after its use began; NaN where there was none."""

    def told(self) -> dict[str, float]:
        """The figures that are compared."""
        return {
            name: value for name, value in asdict(self).items() if name not in ("occupied_hours", "on_time")
        }


@dataclass(frozen=True)
class Arena:
    """A plant to play against: its command, and the facility that describes it."""

    command: str
    plant: Plant

    def play(self, make: MakeController, days: int, seed: int) -> Outcome:
        """One controller over so many days from the plant's own start. Raises PlantError."""
        with PlantProcess(self.command, seed) as process:
            site = find_site(self.plant, process.points)
            files = self.plant.files
            name = files.sites[site.time_zone_site].time_zone
            calendar, zone = FacilityCalendar(files.calendar, name), ZoneInfo(name)
            start, steps = int(process.time.timestamp()) * SECOND, days * _STEPS_A_DAY
            season = plan_season(site, calendar, zone, start, steps + 1)
            return _play(process, site, make(site), season, start)


def _play(
    process: PlantProcess, site: WinterSite, controller: Controller, season: Season, start: int
) -> Outcome:
    steps = len(season.setpoint) - 1
    rooms = np.full((steps, len(site.zones)), np.nan)
    values = first = process.step({})
    starts, running = 0.0, site.boiler("burner_run", values)
    for step in range(steps):
        now = situation(site, values, season.at(step), start + step * STEP_S * SECOND)
        decision = controller.decide(now)
        if not (np.isfinite(decision.zones).all() and np.isfinite(decision.boilers).all()):
            raise PlantError("a controller decided no number: this is a defect of the product")
        values = process.step(site.commands(decision.zones, decision.boilers))
        rooms[step] = site.rooms(values)
        burning = site.boiler("burner_run", values)
        starts += float(np.count_nonzero((burning > 0) & ~(running > 0)))
        running = burning
    return _outcome(site, season, rooms, (first, values), starts)


def situation(site: WinterSite, values: Mapping[str, float], wanted: Wanted, time: int) -> Situation:
    """What a controller sees of these values."""
    return Situation(
        time,
        site.outdoor(values),
        site.rooms(values),
        site.boiler("supply_temp", values),
        site.boiler("modulation", values) / 100.0,
        site.boiler("lockout", values) > 0,
        wanted,
    )


def _outcome(
    site: WinterSite,
    season: Season,
    rooms: Float64s,
    ends: tuple[Mapping[str, float], Mapping[str, float]],
    starts: float,
) -> Outcome:
    setpoint, occupied = season.setpoint[1:], season.occupied[1:]
    comfortable = occupied & (rooms >= setpoint - _BELOW) & (rooms <= setpoint + _ABOVE)
    hours = STEP_S / 3600.0
    counted = [float(np.nansum(site.boiler("burner_starts", end))) for end in ends]
    told = counted[1] - counted[0]
    return Outcome(
        gas_kwh=site.gas_kwh(ends[1]) - site.gas_kwh(ends[0]),
        electricity_kwh=site.electricity_kwh(ends[1]) - site.electricity_kwh(ends[0]),
        comfort_hours=float(np.count_nonzero(comfortable)) * hours,
        burner_starts=told if told > 0 else starts,
        min_zone_c=float(np.nanmin(rooms)),
        max_zone_c=float(np.nanmax(rooms)),
        occupied_hours=float(np.count_nonzero(occupied)) * hours,
        on_time=arrivals_on_time(season, rooms),
    )


def arrivals_on_time(season: Season, rooms: Float64s) -> float:
    """The share of warm-ups after the learning days that arrived in time, not too early."""
    right = total = 0
    occupied, setpoint = season.occupied[1:], season.setpoint[1:]
    for zone in range(rooms.shape[1]):
        begins = np.flatnonzero(occupied[1:, zone] & ~occupied[:-1, zone]) + 1
        for begin in begins[(begins >= _LEARNING_DAYS * _STEPS_A_DAY) & (begins + _LATE_STEPS < len(rooms))]:
            floor = setpoint[begin, zone] - _BELOW
            before = rooms[begin - _LONGEST_WARM_UP : begin + _LATE_STEPS + 1, zone] < floor
            if not before.any():
                continue
            total += 1
            arrived = int(np.flatnonzero(before)[-1]) + 1 - _LONGEST_WARM_UP
            right += -_EARLY_STEPS <= arrived <= _LATE_STEPS
    return right / total if total else float("nan")
