"""The control plan beside the fixed schedule, the best fixed schedule and the night setback."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from analytics.heating.control.baselines import FixedSchedule
from analytics.heating.control.curve import Curve
from analytics.heating.control.plan import ControlPlan, Limits
from analytics.heating.control.situation import Controller
from analytics.heating.winter.occupancy import setbacks
from analytics.heating.winter.season import Arena, MakeController, Outcome
from analytics.heating.winter.site import WinterSite

Tell = Callable[[str], None]
_LEADS_H = (2.0, 3.0, 4.5)
_SLOPES = (0.8, 0.95, 1.1, 1.3)
_SEARCH_DAYS = 14
_LEAST_COMFORT = 0.98
_OTHER_SEED = 7919


def control(site: WinterSite) -> Controller:
    """The product's own plan for this plant, nothing of it tuned to the plant."""
    condensing = all(boiler.parameters["condensing"] > 0 for boiler in site.boilers)
    frost = max(zone.parameters["frost_temp"] for zone in site.zones)
    return ControlPlan(Limits(setbacks(site), frost, condensing), len(site.boilers))


def fixed(_: WinterSite) -> Controller:
    """Start two hours before use, 16 °C at night, slope 1.3."""
    return FixedSchedule()


def night_setback(_: WinterSite) -> Controller:
    """Heating off while nobody needs it, on two hours before use."""
    return FixedSchedule(reduced=8.0, heating_off=True)


def compare(arena: Arena, days: int, seed: int, tell: Tell) -> dict[str, Outcome]:
    """Every controller on the same seed. Raises PlantError."""
    best = search_fixed(arena, min(days, _SEARCH_DAYS), seed + _OTHER_SEED, tell)
    makers: dict[str, MakeController] = {
        "control": control,
        "fixed": fixed,
        "best_fixed": _always(best),
        "setback": night_setback,
    }
    found = {}
    for name, make in makers.items():
        tell(f"{name}: {days} days, seed {seed}")
        found[name] = arena.play(make, days, seed)
    return found


def search_fixed(arena: Arena, days: int, seed: int, tell: Tell) -> FixedSchedule:
    """The lead and slope with the least gas at 98 % comfort; the most comfortable one if none has that."""
    tried: list[tuple[FixedSchedule, Outcome]] = []
    for lead, slope in product(_LEADS_H, _SLOPES):
        schedule = FixedSchedule(3600 * lead, Curve(slope))
        tell(f"best_fixed: {lead:g} h before use, slope {slope:g}, {days} days, seed {seed}")
        tried.append((schedule, arena.play(_always(schedule), days, seed)))
    comfort = np.array([outcome.comfort_hours / max(outcome.occupied_hours, 1e-9) for _, outcome in tried])
    gas = np.array([outcome.gas_kwh for _, outcome in tried])
    enough = comfort >= min(_LEAST_COMFORT, float(comfort.max()))
    return tried[int(np.argmin(np.where(enough, gas, np.inf)))][0]


def _always(schedule: FixedSchedule) -> MakeController:
    return lambda _: schedule
