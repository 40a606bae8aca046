"""From readings to known problems: what happens between the journal and the alarms, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from analytics.alarms.changes import ConditionChange
from analytics.arrivals import arrivals
from analytics.faults.diagnosis import Diagnosis
from analytics.kinds import Framed, KindPipeline
from analytics.layout import Layout
from analytics.memory import Remembers, State, restore_parts, save_parts
from analytics.quality.plausible import Plausible
from analytics.quality.silence import Silence
from collector.reading import ReadingBatch
from config.plant import Plant


class Watcher(Remembers, Protocol):
    """Something that looks at every frame and may find problems of its own: detectors, diagnosis."""

    def watch(self, framed: Sequence[Framed], now_ns: int) -> Iterable[ConditionChange]:
        """What changed with these frames, one per kind that sent something. now_ns: when the last came."""


@dataclass(frozen=True)
class Outcome:
    """What a batch led to: conditions that began or ceased to hold, and readings of derived points."""

    changes: list[ConditionChange]
    derived: ReadingBatch


class Pipeline:
    """The steps with their memory. Batches count one after the other, however many are taken at once."""

    def __init__(
        self,
        plant: Plant,
        watchers: Mapping[str, Watcher] | None = None,
        diagnosis: Diagnosis | None = None,
    ) -> None:
        layout = Layout.of(plant)
        self._layout = layout
        self._kinds = {table.kind.kind: KindPipeline(table) for table in layout.kinds}
        self._silence = Silence(plant, layout)
        self._plausible = Plausible(plant, layout)
        self._watchers = dict(watchers or {})
        self._diagnosis = diagnosis

    def take(self, batches: Sequence[ReadingBatch]) -> Outcome:
        """Readings in: late ones are left out, the rest is framed, derived from, and judged."""
        now = max(batch.received_at for batch in batches)
        arrived = arrivals(batches, self._layout)
        framed = [f for kind in self._kinds.values() if (f := kind.frame(arrived, now)) is not None]
        derived = [r for f in framed for r in self._of(f).derived.readings(f.frame, now)]
        # Late readings say nothing of now, but they say that their device lives.
        changes = self._silence.hear(batches)
        changes += self._plausible.look(arrived)
        changes += [change for f in framed for change in self._of(f).judge(f)]
        changes += [change for w in self._watchers.values() for change in w.watch(framed, now)]
        if self._diagnosis is not None:
            changes = self._diagnosis.explain([*changes, *self._diagnosis.watch(framed, now)])
        return Outcome(changes, ReadingBatch.concat(derived))

    def tick(self, now_ns: int) -> list[ConditionChange]:
        """Time passed with nothing to read: who is silent, which delays have run out."""
        changes = self._silence.tick(now_ns)
        for kind in self._kinds.values():
            changes += kind.conditions.elapse(now_ns)
        return changes if self._diagnosis is None else self._diagnosis.explain(changes)

    def excuse_silence(self, until_ns: int) -> None:
        """Nobody could be heard until then (UTC ns): intake itself was away."""
        self._silence.excuse(until_ns)

    def _of(self, framed: Framed) -> KindPipeline:
        return self._kinds[framed.frame.layout.kind.kind]

    def hold_as(self, active: Iterable[tuple[str, str]]) -> None:
        """Take these (asset, rule) pairs for what holds: the alarms' own record goes before memory."""
        pairs = list(active)
        self._silence.hold_as(pairs)
        self._plausible.hold_as(pairs)
        for kind in self._kinds.values():
            kind.conditions.hold_as(pairs)
        if self._diagnosis is not None:
            self._diagnosis.hold_as(pairs)

    def save(self) -> State:
        """All memory, with the assets it belongs to."""
        assets = {
            f"assets/{name}": np.array([a.id for a in kind.layout.assets], dtype=np.str_)
            for name, kind in self._kinds.items()
        }
        return {**assets, **save_parts(self._parts)}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take memory back for every asset that is still there; new ones start afresh."""
        mine = dict(saved)
        fresh = self.save()
        for name, kind in self._kinds.items():
            before = mine.pop(f"assets/{name}", np.zeros(0, dtype=np.str_)).tolist()
            now = [a.id for a in kind.layout.assets]
            if before != now:
                _reorder(mine, fresh, f"kind.{name}/", before, now)
        restore_parts(self._parts, mine)

    @property
    def _parts(self) -> dict[str, Remembers]:
        kinds = {f"kind.{name}": kind for name, kind in self._kinds.items()}
        watchers = {f"watcher.{name}": watcher for name, watcher in self._watchers.items()}
        diagnosis = {} if self._diagnosis is None else {"diagnosis": self._diagnosis}
        return {**kinds, **watchers, **diagnosis, "silence": self._silence, "plausible": self._plausible}


def _reorder(saved: State, fresh: State, prefix: str, before: list[str], now: list[str]) -> None:
    """Bring the arrays of a kind into the order of the assets that there are now."""
    old = {asset: place for place, asset in enumerate(before)}
    here = [(i, old[asset]) for i, asset in enumerate(now) if asset in old]
    mine, theirs = np.array(here, dtype=np.intp).reshape(-1, 2).T
    for name in [name for name in saved if name.startswith(prefix)]:
        array = np.zeros((len(now), *saved[name].shape[1:]), dtype=saved[name].dtype)
        if name in fresh and fresh[name].shape == array.shape:
            array[:] = fresh[name]
        array[mine] = saved[name][theirs]
        saved[name] = array
