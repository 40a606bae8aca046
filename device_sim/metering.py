"""What a meter sees: the assets that feed it, else those it feeds, else those of its site."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from config.plant import PlantAsset
from device_sim.signals import Float64s
from device_sim.world import World


def metered(
    world: World, meter: PlantAsset, quantity: str, kinds: Collection[str] | None = None
) -> Float64s | None:
    """Sum of a quantity [T] over the assets before or behind a meter; None: nobody tells it.

    A meter without such connections sees the assets of its site (only those of `kinds`, if given).
    """
    of_site = (a for a in world.plant.by_index if a.site == meter.site)
    everywhere = [a.id for a in of_site if kinds is None or a.kind.kind in kinds]
    for candidates in (meter.fed_by, world.plant.feeds.get(meter.id, []), everywhere):
        found = [world.get(asset, quantity, np.nan) for asset in candidates]
        there = [values for values in found if not np.isnan(values[0])]
        if there:
            summed: Float64s = np.sum(there, axis=0, dtype=np.float64)
            return summed
    return None
