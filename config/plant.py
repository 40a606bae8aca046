"""The facility as the running parts see it: sites, assets and points with numbers, ids and columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from config.facility_model import Asset, FacilityFiles
from config.kind import Family, Kind, Role
from config.text import Text


@dataclass(frozen=True)
class PlantPoint:
    """One measured or derived quantity of one asset. `id` is `site/asset/point`."""

    number: int
    id: str
    asset: str
    name: str
    title: Text
    unit: str
    role: Role | None
    """None: derived."""
    type: str
    plausible: tuple[float, float]
    normal: tuple[float, float] | None
    interval_ns: int
    lateness_ns: int
    decimals: int

    @property
    def derived(self) -> bool:
        return self.role is None


@dataclass(frozen=True)
class PlantAsset:
    """One piece of equipment. `id` is `site/asset`; `device` (`site/device`) is its publisher."""

    index: int
    id: str
    site: str
    kind: Kind
    entry: Asset
    device: str
    fed_by: tuple[str, ...]
    parameters: Mapping[str, float]
    points: Mapping[str, PlantPoint] = field(repr=False)

    @property
    def family(self) -> Family:
        return self.kind.family

    @property
    def title(self) -> Text:
        return self.entry.title


@dataclass(frozen=True)
class PointColumns:
    """The points' properties as columns indexed by point number (numbers that nobody has: known False)."""

    known: npt.NDArray[np.bool_]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    interval_ns: npt.NDArray[np.int64]
    lateness_ns: npt.NDArray[np.int64]
    asset: npt.NDArray[np.int32]
    """Index of the point's asset; -1 where unknown."""
    derived: npt.NDArray[np.bool_]


class Plant:
    """All kinds, sites, assets and points of one facility; built once at start, read-only afterwards."""

    def __init__(self, files: FacilityFiles, kinds: Mapping[str, Kind], assets: Iterable[PlantAsset]) -> None:
        self.files = files
        self.kinds = dict(kinds)
        self.assets: dict[str, PlantAsset] = {a.id: a for a in assets}
        self.by_index: list[PlantAsset] = list(self.assets.values())
        self.points: dict[str, PlantPoint] = {p.id: p for a in self.by_index for p in a.points.values()}

    @cached_property
    def by_number(self) -> dict[int, PlantPoint]:
        """Points by lasting number."""
        return {p.number: p for p in self.points.values()}

    @cached_property
    def by_device(self) -> dict[str, list[PlantAsset]]:
        """Assets that each publisher (`site/device`) carries."""
        found: dict[str, list[PlantAsset]] = {}
        for asset in self.by_index:
            found.setdefault(asset.device, []).append(asset)
        return found

    @cached_property
    def feeds(self) -> dict[str, list[str]]:
        """Assets directly fed by each asset."""
        found: dict[str, list[str]] = {}
        for asset in self.by_index:
            for feeder in asset.fed_by:
                found.setdefault(feeder, []).append(asset.id)
        return found

    def of_kind(self, kind: str) -> list[PlantAsset]:
        """Assets of one kind, in order of index."""
        return [a for a in self.by_index if a.kind.kind == kind]

    @cached_property
    def columns(self) -> PointColumns:
        """Point properties as arrays, for the hot path."""
        size = max(self.by_number, default=-1) + 1
        columns = PointColumns(
            known=np.zeros(size, dtype=np.bool_),
            low=np.full(size, -np.inf),
            high=np.full(size, np.inf),
            interval_ns=np.zeros(size, dtype=np.int64),
            lateness_ns=np.zeros(size, dtype=np.int64),
            asset=np.full(size, -1, dtype=np.int32),
            derived=np.zeros(size, dtype=np.bool_),
        )
        for number, point in self.by_number.items():
            columns.known[number] = True
            columns.low[number], columns.high[number] = point.plausible
            columns.interval_ns[number] = point.interval_ns
            columns.lateness_ns[number] = point.lateness_ns
            columns.asset[number] = self.assets[point.asset].index
            columns.derived[number] = point.derived
        return columns
