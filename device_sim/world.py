"""What behaviours tell each other while a stretch of time is simulated: blackboard, weather, date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from config.calendar import FacilityCalendar
from config.clock import DAY, HOUR, SECOND
from config.plant import Plant, PlantAsset
from device_sim.climate import Climate, Weather
from device_sim.signals import Bools, Float64s

Int64s = npt.NDArray[np.int64]
_EPOCH = dt.date(1970, 1, 1)
_AHEAD = 36 * HOUR


@dataclass(frozen=True, slots=True)
class LocalTime:
    """Columns [T] of a site's local time: hour of day (0..24), day of the week (Monday 0), and whether
    the day is a workday, in term, in the heating season. Rooms are to be warm on the first day of season
    and term: so the plant is `heating` and rooms are kept `warm` from a day and a half before."""

    hour: Float64s
    weekday: Int64s
    workday: Bools
    term: Bools
    season: Bools
    heating: Bools
    warm: Bools


class World:
    """Quantities of the stretch being simulated, by asset id and name, each a column [T].

    `begin` opens a stretch. Behaviours `put` what others need and `get` what others put; a quantity that
    nobody put (yet) reads as the default. Order within a stretch: every behaviour's `prepare` by rising
    `order`, then every `advance` by rising `order`; so what a later behaviour puts is seen through
    `before`, one stretch late.
    """

    def __init__(self, plant: Plant, seed: int = 0) -> None:
        self.plant = plant
        self.seed = seed
        self.times: Int64s = np.zeros(0, dtype=np.int64)
        self.step_ns = SECOND
        self._now: dict[tuple[str, str], Float64s] = {}
        self._before: dict[tuple[str, str], float] = {}
        self._zones = {site: ZoneInfo(s.time_zone) for site, s in plant.files.sites.items()}
        self._calendars = {
            site: FacilityCalendar(plant.files.calendar, s.time_zone) for site, s in plant.files.sites.items()
        }
        self._days: dict[tuple[str, int], tuple[bool, bool, bool]] = {}
        self._climates = {
            site: Climate(plant.files.sites[site], np.random.default_rng([seed, i]))
            for i, site in enumerate(sorted(plant.files.sites))
        }
        self._weather: dict[str, Weather] = {}
        self._local: dict[str, LocalTime] = {}

    @property
    def step_s(self) -> float:
        """Length of one step in seconds."""
        return self.step_ns / SECOND

    def begin(self, times: Int64s, step_ns: int) -> None:
        """Open the stretch of these equal steps [T] (UTC ns); the last values of the former are kept."""
        self._before.update({key: float(values[-1]) for key, values in self._now.items()})
        self._now, self._weather, self._local = {}, {}, {}
        self.times, self.step_ns = times, step_ns

    def put(self, asset: str, quantity: str, values: Float64s) -> None:
        """Tell the others a quantity [T] of an asset."""
        self._now[asset, quantity] = values

    def put_all(self, assets: Sequence[PlantAsset], quantity: str, values: Float64s) -> None:
        """Tell the others a quantity [T, N] of several assets."""
        for column, asset in enumerate(assets):
            self._now[asset.id, quantity] = values[:, column]

    def get(self, asset: str, quantity: str, default: float) -> Float64s:
        """A quantity [T] of an asset, or the default where nobody put it in this stretch."""
        found = self._now.get((asset, quantity))
        return np.full(len(self.times), default) if found is None else found

    def before(self, asset: str, quantity: str, default: float) -> float:
        """The last value of the stretch before."""
        return self._before.get((asset, quantity), default)

    def weather(self, site: str) -> Weather:
        """The site's weather [T]."""
        if site not in self._weather:
            self._weather[site] = self._climates[site].at(self.times)
        return self._weather[site]

    def climate(self, site: str) -> Climate:
        """The site's climate, for questions outside this stretch."""
        return self._climates[site]

    def local(self, site: str) -> LocalTime:
        """The site's local time and kind of day [T]."""
        if site not in self._local:
            self._local[site] = self._local_time(site)
        return self._local[site]

    def _local_time(self, site: str) -> LocalTime:
        first = dt.datetime.fromtimestamp(int(self.times[0]) / SECOND, tz=self._zones[site])
        offset = first.utcoffset() or dt.timedelta()
        local = self.times + round(offset.total_seconds()) * SECOND
        today, soon = self._flags(site, local), self._flags(site, local + _AHEAD)
        return LocalTime(
            hour=(local % DAY) / HOUR,
            weekday=(local // DAY + 3) % 7,
            workday=today[:, 0],
            term=today[:, 1],
            season=today[:, 2],
            heating=today[:, 2] | soon[:, 2],
            warm=today[:, 1] | soon[:, 1],
        )

    def _flags(self, site: str, local: Int64s) -> Bools:
        days, row = np.unique(local // DAY, return_inverse=True)
        flags: Bools = np.array([self._day(site, int(day)) for day in days], dtype=np.bool_)[row]
        return flags

    def _day(self, site: str, day: int) -> tuple[bool, bool, bool]:
        """Workday, in term (always, where the facility names no terms), in the heating season."""
        if (site, day) not in self._days:
            calendar, date = self._calendars[site], _EPOCH + dt.timedelta(days=day)
            term = not self.plant.files.calendar.terms or calendar.in_term(date)
            self._days[site, day] = calendar.is_workday(date), term, calendar.in_heating_season(date)
        return self._days[site, day]
