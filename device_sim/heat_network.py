"""Who heats whom: boilers, pumps and zones as `fed_by` connects them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.plant import Plant

BOILER, PUMP, ZONE = "hot_water_boiler", "circulation_pump", "heating_zone"


@dataclass(frozen=True)
class HeatGroup:
    """Boilers that heat the same zones, as asset ids."""

    boilers: tuple[str, ...]
    zones: tuple[str, ...]


def upstream(plant: Plant, asset: str, kind: str) -> tuple[str, ...]:
    """Assets of a kind that feed this one, directly or through others, nearest first."""
    return _walk(plant, asset, kind, {a.id: list(a.fed_by) for a in plant.by_index})


def downstream(plant: Plant, asset: str, kind: str) -> tuple[str, ...]:
    """Assets of a kind that this one feeds, directly or through others, nearest first."""
    return _walk(plant, asset, kind, plant.feeds)


def heat_groups(plant: Plant) -> list[HeatGroup]:
    """All boilers of the plant, those with a zone in common together."""
    groups: list[tuple[list[str], dict[str, None]]] = []
    for boiler in plant.of_kind(BOILER):
        zones = dict.fromkeys(downstream(plant, boiler.id, ZONE))
        joined = [g for g in groups if zones.keys() & g[1].keys()]
        members = [b for g in joined for b in g[0]] + [boiler.id]
        for group in joined:
            zones = group[1] | zones
        groups = [g for g in groups if g not in joined] + [(members, zones)]
    return [HeatGroup(tuple(boilers), tuple(zones)) for boilers, zones in groups]


def affected_by(plant: Plant, asset: str) -> tuple[str, ...]:
    """Other assets that may suffer when this one fails: what it feeds, directly or through others, and all
    that heat beside it. Boiler-room equipment stands for the boilers of its site; a meter harms none."""
    failed = plant.assets[asset]
    if failed.family == "utility":
        return ()
    first = {asset}
    if failed.family == "boiler":
        first |= {boiler.id for boiler in plant.of_kind(BOILER) if boiler.site == failed.site}
    fed = {found for start in first for found in _walk(plant, start, None, plant.feeds)}
    return tuple(sorted((first | fed) - {asset}))


def _walk(plant: Plant, start: str, kind: str | None, links: Mapping[str, list[str]]) -> tuple[str, ...]:
    seen, queue, found = {start}, [start], []
    while queue:
        for following in links.get(queue.pop(0), []):
            if following in seen or following not in plant.assets:
                continue
            seen.add(following)
            queue.append(following)
            if kind is None or plant.assets[following].kind.kind == kind:
                found.append(following)
    return tuple(found)
