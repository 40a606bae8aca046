"""All simulated equipment of a plant, moved on together and read as its sensors would report."""

from __future__ import annotations

import zlib
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

_NOW = "now"
_AGAIN = 15 * SECOND


class Squad:
    """The assets of one kind with their behaviour."""

    def __init__(
        self, assets: list[PlantAsset], world: World, rng: np.random.Generator, lively: bool = False
    ) -> None:
        self.assets = assets
        self._lively = lively
        self._stirred = np.full(len(assets), -(10**18), dtype=np.int64)
        self.kind = assets[0].kind
        self.behaviour: Behaviour = behaviour_named(self.kind.simulation.behaviour)(assets, world, rng)
        self.numbers = {
            name: np.array([a.points[name].number for a in assets], dtype=np.int32)
            for name in self.kind.points
        }
        self._last: dict[str, Float64s] = {}
        index = np.array([asset.index for asset in assets], dtype=np.int64)
        self._phase = index * 7 * SECOND

    def read(
        self, times: Int64s, step_ns: int, values: dict[str, Float64s], everything: bool = False
    ) -> Iterator[ReadingBatch]:
        """What is reported of a stretch: every point at its own interval, and at once when it leaps.

        `everything`: every point at every step.
        """
        measured = {n: np.round(values[n], self.kind.points[n].decimals) for n in self.numbers}
        leaps = {n: self._leaps(n, self.kind.points[n], column) for n, column in measured.items()}
        again = self._follow_up(times, step_ns, leaps) | everything
        due: dict[int, Bools] = {}
        for name, numbers in self.numbers.items():
            interval = self.kind.points[name].interval
            if interval not in due:
                due[interval] = self._due(times, step_ns, interval) | again
            report = (due[interval] | leaps[name]) & ~np.isnan(measured[name])
            rows, columns = np.nonzero(report)
            if not len(rows):
                continue
            found = measured[name][rows, columns]
            yield ReadingBatch.of(numbers[columns], times[rows], found, received_at=int(times[-1]))

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

    def _follow_up(self, times: Int64s, step_ns: int, leaps: dict[str, Bools]) -> Bools:
        """When an asset reports all again: every 15 s in the minute after one of its values leapt."""
        changed = np.zeros((len(times), len(self.assets)), dtype=np.bool_)
        for column in leaps.values() if self._lively else ():
            changed |= column
        stirred = np.where(changed, times[:, np.newaxis], self._stirred)
        stirred = np.maximum.accumulate(np.maximum(stirred, self._stirred), axis=0)
        self._stirred = stirred[-1]
        since = times[:, np.newaxis] - stirred
        again: Bools = since // _AGAIN > (since - step_ns) // _AGAIN
        return again & (since >= 0) & (since <= 4 * _AGAIN) & self._lively


class Fleet:
    """Every kind in use with its behaviour, the world between them, and the scenario that befalls them."""

    def __init__(
        self,
        plant: Plant,
        seed: int = 0,
        scenario: Scenario | None = None,
        only: Collection[str] | None = None,
        *,
        lively: bool = False,
    ) -> None:
        """`only`: the kinds to simulate (None: all). `lively`: an asset reports everything more often for a
        minute after one of its values leapt, as event-driven devices do.

        Raises UnknownBehaviourError, UnknownFaultError.
        """
        self.plant = plant
        self.scenario = (scenario or Scenario()).checked(plant)
        self.world = World(plant, seed)
        kinds = sorted({a.kind.kind for a in plant.by_index if only is None or a.kind.kind in only})
        self.squads = {
            kind: Squad(plant.of_kind(kind), self.world, self._dice(seed, kind), lively) for kind in kinds
        }
        self._in_order = sorted(self.squads.values(), key=lambda squad: squad.behaviour.order)

    @staticmethod
    def _dice(seed: int, kind: str) -> np.random.Generator:
        """A kind's own random numbers: the same whichever other kinds are simulated."""
        return np.random.default_rng([seed, zlib.crc32(kind.encode())])

    def advance(self, times: Int64s, step_ns: int, everything: bool = False) -> ReadingBatch:
        """Move everything through equal steps [T] (UTC ns) and give what is reported, in order of time.

        `everything`: not only what is due.
        """
        moved = self.move(times, step_ns)
        parts = (
            part
            for kind, values in moved.items()
            for part in self.squads[kind].read(times, step_ns, values, everything)
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

    def save(self, path: Path, now_ns: int) -> None:
        """Keep what every behaviour remembers, so that a simulator started again goes on from here."""
        kept = {_NOW: np.array(now_ns)}
        for kind, squad in self.squads.items():
            kept |= {f"{kind}|{n}".replace("/", "@"): v for n, v in squad.behaviour.state.items()}
        aside = path.with_suffix(".new")
        with aside.open("wb") as file:
            np.savez(file, allow_pickle=False, **kept)
        aside.replace(path)

    def restore(self, path: Path) -> int:
        """Go on from what `save` kept; what does not fit this plant any more is left out.

        Returns the time (UTC ns) at which it was saved.
        """
        with np.load(path, allow_pickle=False) as kept:
            for key in set(kept.files) - {_NOW}:
                kind, _, name = key.replace("@", "/").partition("|")
                state = self.squads[kind].behaviour.state if kind in self.squads else {}
                if name not in state or state[name].shape == kept[key].shape:
                    state[name] = kept[key]
            return int(kept[_NOW])
