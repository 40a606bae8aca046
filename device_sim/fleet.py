"""All simulated equipment of a plant, moved on together and read as its sensors would report."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from collector.reading import ReadingBatch
from config.clock import SECOND
from config.kind import Point
from config.plant import Plant, PlantAsset
from device_sim.behaviours.base import Behaviour
from device_sim.registry import behaviour_named
from device_sim.scenario import Scenario
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s, World

_JUMP = 0.2
"""Share of the normal range by which a value must leap within a step to be reported at once."""


class Squad:
    """The assets of one kind with their behaviour."""

    def __init__(self, assets: list[PlantAsset], world: World, rng: np.random.Generator) -> None:
        self.assets = assets
        self.kind = assets[0].kind
        self.behaviour: Behaviour = behaviour_named(self.kind.simulation.behaviour)(assets, world, rng)
        self.numbers = {
            name: np.array([a.points[name].number for a in assets], dtype=np.int32)
            for name, point in self.kind.points.items()
            if point.role != "manual"
        }
        self._last: dict[str, Float64s] = {}
        index = np.array([asset.index for asset in assets], dtype=np.int64)
        self._phase = index * 7 * SECOND

    def read(self, times: Int64s, step_ns: int, values: dict[str, Float64s]) -> Iterator[ReadingBatch]:
        """What is reported of a stretch: every point at its own interval, and at once when it leaps."""
        due: dict[int, Bools] = {}
        for name, numbers in self.numbers.items():
            point = self.kind.points[name]
            if point.interval not in due:
                due[point.interval] = self._due(times, step_ns, point.interval)
            measured = np.round(values[name], point.decimals)
            report = due[point.interval] | self._leaps(name, point, measured)
            rows, columns = np.nonzero(report & ~np.isnan(measured))
            yield ReadingBatch.of(
                numbers[columns], times[rows], measured[rows, columns], received_at=int(times[-1])
            )

    def _due(self, times: Int64s, step_ns: int, interval_ns: int) -> Bools:
        shifted = times[:, np.newaxis] + self._phase
        due: Bools = shifted // interval_ns > (shifted - step_ns) // interval_ns
        return due

    def _leaps(self, name: str, point: Point, measured: Float64s) -> Bools:
        before = np.vstack([self._last.get(name, measured[0])[np.newaxis, :], measured[:-1]])
        self._last[name] = measured[-1]
        jump = np.inf
        if point.type == "bool":
            jump = 0.5
        elif point.normal is not None and point.role != "counter":
            jump = _JUMP * (point.normal[1] - point.normal[0])
        leaps: Bools = np.abs(measured - before) > jump
        return leaps


class Fleet:
    """Every kind in use with its behaviour, the world between them, and the scenario that befalls them."""

    def __init__(
        self,
        plant: Plant,
        seed: int = 0,
        scenario: Scenario | None = None,
        only: Collection[str] | None = None,
    ) -> None:
        """`only`: the kinds to simulate (None: all). Raises UnknownBehaviourError, UnknownFaultError."""
        self.plant = plant
        self.scenario = (scenario or Scenario()).checked(plant)
        self.world = World(plant, seed)
        kinds = sorted({a.kind.kind for a in plant.by_index if only is None or a.kind.kind in only})
        self.squads = {
            kind: Squad(plant.of_kind(kind), self.world, np.random.default_rng([seed, number]))
            for number, kind in enumerate(kinds, start=1000)
        }
        self._in_order = sorted(self.squads.values(), key=lambda squad: squad.behaviour.order)

    def advance(self, times: Int64s, step_ns: int | None = None) -> ReadingBatch:
        """Move everything through equal steps [T] (UTC ns) and give what is reported, in order of time.

        `step_ns` may be left out where there are two times or more.
        """
        step = int(times[1] - times[0]) if step_ns is None else step_ns
        moved = self.move(times, step)
        parts = (
            part for kind, values in moved.items() for part in self.squads[kind].read(times, step, values)
        )
        batch = ReadingBatch.concat(parts)
        return batch.take(np.argsort(batch.time, kind="stable"))

    def move(self, times: Int64s, step_ns: int) -> dict[str, dict[str, Float64s]]:
        """Move everything; every kind's points as measured at every step [T, N]."""
        self.world.begin(times, step_ns)
        severities = {s.kind.kind: self.scenario.severity(s.assets, times) for s in self._in_order}
        for squad in self._in_order:
            squad.behaviour.prepare(times, severities[squad.kind.kind])
        return {s.kind.kind: s.behaviour.advance(times, severities[s.kind.kind]) for s in self._in_order}

    def command(self, asset: str, point: str, value: float) -> bool:
        """Write a setpoint to an asset; False: no such asset, or it does not take this value."""
        found = self.plant.assets.get(asset)
        if found is None or found.kind.kind not in self.squads:
            return False
        squad = self.squads[found.kind.kind]
        return squad.behaviour.command(squad.assets.index(found), point, value)

    def save(self, path: Path) -> None:
        """Keep what every behaviour remembers, so that a simulator started again goes on from here."""
        states = {
            f"{kind}|{name}": value
            for kind, squad in self.squads.items()
            for name, value in squad.behaviour.state.items()
        }
        aside = path.with_suffix(".new.npz")
        with aside.open("wb") as file:
            np.savez(file, allow_pickle=False, **{n.replace("/", "@"): v for n, v in states.items()})
        aside.replace(path)

    def restore(self, path: Path) -> None:
        """Go on from what `save` kept; what does not fit this plant any more is left out."""
        with np.load(path, allow_pickle=False) as kept:
            for key in kept.files:
                kind, _, name = key.replace("@", "/").partition("|")
                state = self.squads[kind].behaviour.state if kind in self.squads else None
                if state is not None and (name not in state or state[name].shape == kept[key].shape):
                    state[name] = kept[key]
