"""Plans the faults of a demo: a past with repairs, what is going wrong slowly, what breaks at the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_args

import numpy as np

from config.calendar import FacilityCalendar
from config.clock import DAY, HOUR, SECOND
from config.kind import Family, Priority
from config.plant import Plant, PlantAsset
from device_sim.rehearsal import raises_soon
from device_sim.scenario import PlantedFault

FAMILIES: tuple[Family, ...] = get_args(Family)
OPENING_FAMILIES: tuple[Family, ...] = ("boiler", "heating", "fire", "canteen")
_REPAIR_HOURS: dict[Priority, tuple[float, float]] = {
    "critical": (1.5, 4.0),
    "high": (8.0, 24.0),
    "medium": (36.0, 72.0),
    "low": (36.0, 72.0),
}
_LONGEST_RAMP = 12 * DAY
_SLOW_RAMP = 3 * DAY
_REST = 2 * DAY
_TRIES = 80

Maker = Callable[[PlantAsset, str], PlantedFault | None]
"""A fault of an asset with its times, or None where it does not fit."""


class Planner:
    """Picks faults at random, spread over families and kinds, never two at once on an asset.

    What feeds others is spared a second fault of its kind on the site at the same time, so that a plant with
    a spare keeps running. `busy`: faults planted already. `seed`: that of the fleet planned for.
    """

    def __init__(
        self, plant: Plant, rng: np.random.Generator, busy: Iterable[PlantedFault] = (), seed: int = 0
    ) -> None:
        self._plant = plant
        self._rng = rng
        self._planted = list(busy)
        self._seed = seed
        self._calendars = {
            site: FacilityCalendar(plant.files.calendar, s.time_zone) for site, s in plant.files.sites.items()
        }

    def past(self, start_ns: int, now_ns: int, per_family: int = 9) -> list[PlantedFault]:
        """Faults between start and now, all repaired some hours before now."""

        def make(asset: PlantAsset, fault: str) -> PlantedFault | None:
            ramp = min(asset.kind.simulation.faults[fault].ramp, _LONGEST_RAMP)
            lasts = ramp + self._repair_ns(asset, fault)
            latest = now_ns - 6 * HOUR - lasts
            if latest <= start_ns:
                return None
            onset = int(self._rng.integers(start_ns, latest))
            return PlantedFault(onset, asset.id, fault, ramp, end_ns=onset + lasts)

        return self._pick([family for family in FAMILIES for _ in range(per_family)], make)

    def developing(self, now_ns: int, count: int = 6) -> list[PlantedFault]:
        """Faults that have been growing for days and are not full yet."""

        def make(asset: PlantAsset, fault: str) -> PlantedFault | None:
            ramp = asset.kind.simulation.faults[fault].ramp
            if ramp < _SLOW_RAMP:
                return None
            onset = now_ns - round(self._rng.uniform(0.5, 0.8) * ramp)
            return PlantedFault(onset, asset.id, fault, ramp)

        return self._pick([FAMILIES[i % len(FAMILIES)] for i in range(count)], make)

    def opening(self, now_ns: int) -> list[PlantedFault]:
        """For each of the four families a fault whose alarm follows within about a minute of now.

        Only assets from which it does not spread at once: a newcomer sees one cause behind each alarm.
        """

        def make(asset: PlantAsset, fault: str) -> PlantedFault | None:
            if asset.kind.simulation.faults[fault].ramp > 0 or self._spreads_fast(asset):
                return None
            onset = now_ns + round(self._rng.uniform(5, 12) * SECOND)
            end = onset + round(self._rng.uniform(0.7, 1.5) * HOUR)
            planted = PlantedFault(onset, asset.id, fault, end_ns=end)
            return planted if raises_soon(self._plant, planted, 75 * SECOND, self._seed) else None

        return self._pick(OPENING_FAMILIES, make, rest=0)

    def _spreads_fast(self, asset: PlantAsset) -> bool:
        """Water pressure and flow are felt at once by what is fed; heat takes hours."""
        return asset.family != "boiler" and bool(self._plant.feeds.get(asset.id))

    def later(self, start_ns: int, end_ns: int, every_ns: int = 5 * HOUR) -> list[PlantedFault]:
        """A fault of some family every few hours."""
        found: list[PlantedFault] = []
        for slot in range(start_ns, end_ns, every_ns):
            onset = slot + round(self._rng.uniform(0.0, 0.8) * every_ns)
            family = FAMILIES[int(self._rng.integers(len(FAMILIES)))]
            found += self._pick([family], self._beginning_at(onset))
        return found

    def _beginning_at(self, onset: int) -> Maker:
        def make(asset: PlantAsset, fault: str) -> PlantedFault:
            ramp = min(asset.kind.simulation.faults[fault].ramp, _REST)
            return PlantedFault(
                onset, asset.id, fault, ramp, end_ns=onset + ramp + self._repair_ns(asset, fault)
            )

        return make

    def _pick(self, families: Iterable[Family], make: Maker, rest: int = _REST) -> list[PlantedFault]:
        """One fault for each family named, where one is found that fits; `rest`: time from fault to fault."""
        found = [self._one(family, make, rest) for family in families]
        return [planted for planted in found if planted is not None]

    def _one(self, family: Family, make: Maker, rest: int) -> PlantedFault | None:
        kinds = sorted({a.kind.kind for a in self._plant.by_index if a.family == family})
        for _ in range(_TRIES if kinds else 0):
            assets = self._plant.of_kind(kinds[int(self._rng.integers(len(kinds)))])
            asset = assets[int(self._rng.integers(len(assets)))]
            faults = sorted(n for n, fault in asset.kind.simulation.faults.items() if fault.raises)
            planted = make(asset, faults[int(self._rng.integers(len(faults)))]) if faults else None
            if planted is not None and self._can_show(asset, planted) and self._is_free(asset, planted, rest):
                self._planted.append(planted.in_seconds())
                return self._planted[-1]
        return None

    def _repair_ns(self, asset: PlantAsset, fault: str) -> int:
        """How long the crew leaves it: what is critical is mended within hours, what is low waits days."""
        rules = [asset.kind.alarms[name] for name in asset.kind.simulation.faults[fault].raises]
        priorities = {rule.priority for rule in rules}
        urgency = next(p for p in ("critical", "low", "medium", "high") if p in priorities)
        hours = round(self._rng.uniform(*_REPAIR_HOURS[urgency]) * HOUR)
        return max(hours, 2 * max(rule.on_delay for rule in rules) + HOUR)

    def _can_show(self, asset: PlantAsset, planted: PlantedFault) -> bool:
        """Whether it falls into the season in which its alarms can follow."""
        if asset.kind.simulation.faults[planted.fault].season == "any":
            return True
        calendar = self._calendars[asset.site]
        ends = planted.end_ns or planted.full_ns
        days = (calendar.date_of(t) for t in (planted.onset_ns, ends, ends + _REST))
        return all(calendar.in_heating_season(day) for day in days)

    def _is_free(self, asset: PlantAsset, planted: PlantedFault, rest: int) -> bool:
        until = planted.full_ns + 10 * _LONGEST_RAMP if planted.end_ns is None else planted.end_ns
        near = [p for p in self._planted if p.active_within(planted.onset_ns - rest, until + rest)]
        return not any(p.asset == asset.id or (rest and self._is_spare(asset, p.asset)) for p in near)

    def _is_spare(self, asset: PlantAsset, other: str) -> bool:
        """Whether the other stands beside this one and could be needed in its place."""
        beside = self._plant.assets.get(other)
        if beside is None or asset.id not in self._plant.feeds:
            return False
        return beside.kind is asset.kind and beside.site == asset.site
