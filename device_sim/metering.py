"""What a meter sees: the assets that feed it, else those it feeds, else those of its building."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from config.plant import Plant, PlantAsset
from device_sim.signals import Float64s
from device_sim.world import World


def metered(
    world: World, meter: PlantAsset, quantity: str, kinds: Collection[str] | None = None
) -> Float64s | None:
    """Sum of a quantity [T] over the assets before or behind a meter; None: nobody tells it.

    A meter without such connections sees the assets of its building (only those of `kinds`, if given).
    """
    for candidates in (_before, _behind, _around):
        found = [world.get(asset, quantity, np.nan) for asset in candidates(world.plant, meter, kinds)]
        there = [values for values in found if not np.isnan(values[0])]
        if there:
            summed: Float64s = np.sum(there, axis=0, dtype=np.float64)
            return summed
    return None


def _before(_plant: Plant, meter: PlantAsset, _kinds: Collection[str] | None) -> Iterable[str]:
    return meter.fed_by


def _behind(plant: Plant, meter: PlantAsset, _kinds: Collection[str] | None) -> Iterable[str]:
    return plant.feeds.get(meter.id, [])


def _around(plant: Plant, meter: PlantAsset, kinds: Collection[str] | None) -> Iterable[str]:
    building = building_of(plant, meter)
    for asset in plant.by_index:
        if (kinds is None or asset.kind.kind in kinds) and building_of(plant, asset) == building:
            yield asset.id


def building_of(plant: Plant, asset: PlantAsset) -> str:
    """The outermost space (`site/space`) that an asset stands in."""
    spaces, space = plant.files.spaces[asset.site], asset.entry.space
    for _ in spaces:
        within = spaces[space].within if space in spaces else None
        if within is None:
            break
        space = within
    return f"{asset.site}/{space}"
