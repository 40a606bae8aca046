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


def _walk(plant: Plant, start: str, kind: str, links: Mapping[str, list[str]]) -> tuple[str, ...]:
    seen, queue, found = {start}, [start], []
    while queue:
        for following in links.get(queue.pop(0), []):
            if following in seen or following not in plant.assets:
                continue
            seen.add(following)
            queue.append(following)
            if plant.assets[following].kind.kind == kind:
                found.append(following)
    return tuple(found)
