"""Where each point's readings go: kinds as tables, assets as row groups, points as columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s, Int32s, Int64s
from config.clock import MINUTE
from config.expression import Compiled, compile_expression
from config.kind import Kind
from config.plant import Plant, PlantAsset, PlantPoint

SHORTEST_SILENCE = 5 * MINUTE
SILENT_INTERVALS = 3
"""A point is silent, and its value no longer known, after 3 of its intervals and 5 minutes (domain §4.3)."""


@dataclass(frozen=True)
class KindLayout:
    """The assets and points of one kind. Arrays run over its assets (n) and its measured points (p)."""

    kind: Kind
    assets: tuple[PlantAsset, ...]
    first_slot: int

    @cached_property
    def points(self) -> tuple[str, ...]:
        """Measured points, in the order of the columns."""
        return tuple(self.kind.points)

    @cached_property
    def column(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.points)}

    @cached_property
    def names(self) -> frozenset[str]:
        """Everything that an expression of this kind may name."""
        return frozenset({*self.kind.points, *self.kind.derived, *self.kind.parameters})

    @cached_property
    def intervals(self) -> Int64s:
        """int64[p], ns."""
        return np.array([p.interval for p in self.kind.points.values()], dtype=np.int64)

    @cached_property
    def silent_after(self) -> Int64s:
        """int64[p]: age in ns beyond which a value is no longer known."""
        return np.maximum(SILENT_INTERVALS * self.intervals, SHORTEST_SILENCE)

    @cached_property
    def derived(self) -> dict[str, Compiled]:
        """Derived points' expressions by name, each after those it uses.

        Raises ValueError if some are computed from each other.
        """
        compiled = {n: compile_expression(d.expression, self.names) for n, d in self.kind.derived.items()}
        uses = {name: self.guard_names(name) | c.names for name, c in compiled.items()}
        ordered: dict[str, Compiled] = {}
        while waiting := [name for name in compiled if name not in ordered]:
            ready = {n: compiled[n] for n in waiting if not uses[n] & set(waiting)}
            if not ready:
                raise ValueError(f"{self.kind.kind}: {', '.join(waiting)} are computed from each other")
            ordered |= ready
        return ordered

    def guard_names(self, derived: str) -> frozenset[str]:
        """The names in a derived point's `when`."""
        guard = self.kind.derived[derived].when
        return frozenset() if guard is None else compile_expression(guard, self.names).names

    def inputs(self, names: Iterable[str]) -> frozenset[str]:
        """The measured points behind these names, through derived points."""
        found: set[str] = set()
        ahead = set(names)
        while ahead:
            name = ahead.pop()
            if name in self.derived:
                ahead |= self.derived[name].names
            elif name in self.column:
                found.add(name)
        return frozenset(found)

    def parameter(self, name: str) -> Float64s:
        """float64[n]: a parameter of every asset."""
        return np.array([a.parameters[name] for a in self.assets])

    def numbers(self, point: str) -> Int32s:
        """int32[n]: a point's number for every asset."""
        return np.array([a.points[point].number for a in self.assets], dtype=np.int32)

    def plant_point(self, asset: int, point: str) -> PlantPoint:
        """A point of the asset at that place."""
        return self.assets[asset].points[point]


@dataclass(frozen=True)
class Layout:
    """The whole plant. A slot is an asset's place when assets stand kind by kind.

    slot, column: int32[point number]; -1 where no measured point has the number.
    """

    kinds: tuple[KindLayout, ...]
    slot: Int32s
    column: Int32s
    lateness: Int64s
    slots: int

    @classmethod
    def of(cls, plant: Plant) -> Layout:
        """The layout of a plant; kinds without assets are left out."""
        kinds: list[KindLayout] = []
        slots = 0
        for name, kind in plant.kinds.items():
            assets = tuple(plant.of_kind(name))
            if assets:
                kinds.append(KindLayout(kind, assets, slots))
                slots += len(assets)
        size = max(plant.by_number, default=-1) + 1
        slot, column = np.full((2, size), -1, dtype=np.int32)
        for table in kinds:
            for place, point in enumerate(table.points):
                numbers = table.numbers(point)
                slot[numbers] = table.first_slot + np.arange(len(table.assets), dtype=np.int32)
                column[numbers] = place
        return cls(tuple(kinds), slot, column, plant.columns.lateness_ns, slots)

    @cached_property
    def bounds(self) -> npt.NDArray[np.int64]:
        """First slot of every kind, and one past the last."""
        return np.array([*(k.first_slot for k in self.kinds), self.slots], dtype=np.int64)
