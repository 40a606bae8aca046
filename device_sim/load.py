"""A plant of many small devices, to load a node with."""

from __future__ import annotations

from pathlib import Path

from config.plant import Plant
from device_sim.suites.plants import asset, make_plant, write_plant

_KIND = "gas_detector"


def write_load_facility(folder: Path, devices: int) -> None:
    """A facility folder with so many devices, each an asset that publishes for itself."""
    write_plant(folder, _assets(devices))


def load_plant_of(devices: int) -> Plant:
    """The same facility, loaded, its points numbered in memory."""
    return make_plant(_assets(devices))


def _assets(devices: int) -> list[dict[str, object]]:
    return [asset(f"device-{number}", _KIND) for number in range(1, devices + 1)]
