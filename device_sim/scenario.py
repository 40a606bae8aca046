"""Which faults befall the facility and when: planted beforehand, so that the truth is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from config.clock import SECOND
from config.kind import SimulatedFault
from config.plant import Plant, PlantAsset
from device_sim.signals import Float64s
from device_sim.world import Int64s


@dataclass(frozen=True, slots=True, order=True)
class PlantedFault:
    """A fault of one asset: it begins at `onset_ns`, grows evenly for `ramp_ns` to `severity` (0..1), and is
    repaired at `end_ns` (None: not yet)."""

    onset_ns: int
    asset: str
    fault: str
    ramp_ns: int = 0
    severity: float = 1.0
    end_ns: int | None = None

    def in_seconds(self) -> PlantedFault:
        """The same fault at whole seconds, as it is told."""
        whole = SECOND
        end = None if self.end_ns is None else self.end_ns // whole * whole
        return replace(
            self, onset_ns=self.onset_ns // whole * whole, ramp_ns=self.ramp_ns // whole * whole, end_ns=end
        )

    @property
    def full_ns(self) -> int:
        """When it has grown to its severity."""
        return self.onset_ns + self.ramp_ns

    def severity_at(self, times: Int64s) -> Float64s:
        """How far it has come at these times [T]."""
        grown = (times - self.onset_ns) / self.ramp_ns if self.ramp_ns else (times >= self.onset_ns) * 1.0
        severity: Float64s = self.severity * np.clip(grown, 0.0, 1.0)
        if self.end_ns is not None:
            severity = np.where(times >= self.end_ns, 0.0, severity)
        return severity

    def active_within(self, start_ns: int, end_ns: int) -> bool:
        """Whether it is there at any time from start to end."""
        return self.onset_ns <= end_ns and (self.end_ns is None or self.end_ns > start_ns)


class Scenario:
    """The faults of one run of the simulator."""

    def __init__(self, faults: Iterable[PlantedFault] = ()) -> None:
        self.faults: tuple[PlantedFault, ...] = tuple(sorted(faults))

    def checked(self, plant: Plant) -> Scenario:
        """Itself, if the plant has every asset and fault named. Raises UnknownFaultError."""
        for planted in self.faults:
            fault_of(plant, planted)
        return self

    def severity(self, assets: Sequence[PlantAsset], times: Int64s) -> dict[str, Float64s]:
        """Fault name -> severity [T, N] of these assets; only faults that are there in the stretch."""
        columns = {asset.id: column for column, asset in enumerate(assets)}
        found: dict[str, Float64s] = {}
        for planted in self.faults:
            column = columns.get(planted.asset)
            if column is None or not planted.active_within(int(times[0]), int(times[-1])):
                continue
            severity = found.setdefault(planted.fault, np.zeros((len(times), len(assets))))
            severity[:, column] = np.maximum(severity[:, column], planted.severity_at(times))
        return found


class UnknownFaultError(ValueError):
    """A planted fault names an asset or fault that is not there; the message lists those that are."""


def fault_of(plant: Plant, planted: PlantedFault) -> SimulatedFault:
    """What the kind says about a planted fault. Raises UnknownFaultError."""
    if planted.asset not in plant.assets:
        raise UnknownFaultError(f"unknown asset {planted.asset!r} in the scenario")
    faults = plant.assets[planted.asset].kind.simulation.faults
    if planted.fault not in faults:
        known = ", ".join(sorted(faults))
        raise UnknownFaultError(f"{planted.asset} has no fault {planted.fault!r}; known: {known}")
    return faults[planted.fault]
