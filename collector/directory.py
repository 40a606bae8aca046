"""Who may send what: from the names in topics and payloads to devices and point numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from collector.reading import Int32s
from config.plant import Plant, PlantAsset

UNKNOWN_DEVICE = "unknown"
"""The account of devices that nobody knows, once there are too many of them to count one by one."""
_UNKNOWN_LIMIT = 500


class Devices:
    """Numbers of publishers (`site/device`) for the life of this process."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._unknown = 0
        self._other = self.number(UNKNOWN_DEVICE)

    def number(self, name: str) -> int:
        """The number of a device of the facility."""
        known = self._numbers.get(name)
        if known is None:
            known = self._numbers[name] = len(self.names)
            self.names.append(name)
        return known

    def stranger(self, name: str) -> int:
        """The number of a device that the facility does not have; strangers beyond a bound share one."""
        known = self._numbers.get(name)
        if known is not None:
            return known
        if self._unknown >= _UNKNOWN_LIMIT or len(name) > 200:
            return self._other
        self._unknown += 1
        return self.number(name)


@dataclass(frozen=True)
class Carried:
    """What may be published under one name: the device that does, and its points by name in the payload."""

    device: int
    points: Mapping[str, int]


class Directory:
    """The measured points of one plant by asset and by gateway device. Derived points are not to be sent."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.devices = Devices()
        self._carried = {a.id: Carried(self.devices.number(a.device), measured(a)) for a in plant.by_index}
        for device, assets in plant.by_device.items():
            self._carried.setdefault(device, self._gateway(device, assets))
        self.boolean = _by_number(plant)
        self.device_of_point = self._device_of_point()

    def _gateway(self, device: str, assets: list[PlantAsset]) -> Carried:
        names = {f"{a.entry.id}/{name}": number for a in assets for name, number in measured(a).items()}
        return Carried(self.devices.number(device), names)

    def _device_of_point(self) -> Int32s:
        owner = np.zeros(len(self.boolean), dtype=np.int32)
        for asset in self.plant.by_index:
            number = self.devices.number(asset.device)
            for point in asset.points.values():
                owner[point.number] = number
        return owner

    def carried(self, name: str) -> Carried | None:
        """What an asset or a gateway (`site/name`) may send; None: nobody of that name."""
        return self._carried.get(name)


def measured(asset: PlantAsset) -> dict[str, int]:
    """Numbers of the asset's measured points by name."""
    return {p.name: p.number for p in asset.points.values() if not p.derived}


def _by_number(plant: Plant) -> npt.NDArray[np.bool_]:
    boolean = np.zeros(max(1, len(plant.columns.known)), dtype=np.bool_)
    for number, point in plant.by_number.items():
        boolean[number] = point.type == "bool"
    return boolean
