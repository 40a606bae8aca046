"""The pressure of the fire network at the place of a hydrant or a sprinkler line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.signals import Float64s
from device_sim.world import World

_MPA_PER_M = 0.0098
_USUAL = 0.495


def local_pressure(world: World, assets: Sequence[PlantAsset], elevation: Float64s) -> Float64s:
    """Network pressure (MPa) [T, N] at assets `elevation` [N] m above the pump room that feeds them."""
    columns = []
    for asset in assets:
        heard = [world.get(feeder, "pressure", np.nan) for feeder in asset.fed_by]
        known = [pressure for pressure in heard if not np.isnan(pressure).any()]
        columns.append(known[0] if known else np.full(len(world.times), _USUAL))
    return np.maximum(np.column_stack(columns) - _MPA_PER_M * elevation, 0.0)
