"""Names what is wrong: a cause with its probability for every alarm, and an alarm for what no rule sees."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.alarms.changes import ConditionChange
from analytics.alarms.suppression import EXPLAINING_PRIORITIES, Feeders
from analytics.faults.kind_diagnosis import RULE, KindDiagnosis
from analytics.faults.models import Cause
from analytics.kinds import Framed
from analytics.layout import Layout
from analytics.memory import State
from config.plant import Plant
from config.text import Text


class Diagnosis:
    """The diagnosis of a whole plant: looks at every frame, then explains what changed."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._above = Feeders(plant).above
        self._kinds = {k.kind.kind: KindDiagnosis(k) for k in Layout.of(plant).kinds}
        self._active: dict[tuple[str, str], Cause | None] = {}
        """Alarms that are up, with the cause named first."""

    def watch(self, framed: Sequence[Framed], now_ns: int) -> list[ConditionChange]:  # noqa: ARG002 - Watcher
        """Faults that came or went with these frames."""
        return [c for f in framed for c in self._kinds[f.frame.layout.kind.kind].look(f)]

    def explain(self, changes: Iterable[ConditionChange]) -> list[ConditionChange]:
        """The changes with the causes of what began as evidence.

        A fault's own alarm is left out while an alarm that the fault explains tells of it.
        """
        ordered = sorted(changes, key=lambda c: (c.at, len(self._above.get(c.asset, ())), c.rule))
        return [told for change in ordered if (told := self._explained(change)) is not None]

    def _explained(self, change: ConditionChange) -> ConditionChange | None:
        key = (change.asset, change.rule)
        asset = self._plant.assets.get(change.asset)
        if asset is None:
            return change
        if not change.active:
            self._active.pop(key, None)
            return change
        if self._is_told(*key):
            return None
        kind = asset.kind
        own = change.rule in kind.alarms or change.rule.startswith(RULE)
        causes = self._kinds[kind.kind].causes(change.asset, change.at, change.rule) if own else []
        if change.rule in kind.alarms and kind.alarms[change.rule].suppressed_by_feeder:
            causes = self._with_feeder(change.asset, causes)
        self._active[key] = causes[0] if causes else None
        if not causes:
            return change
        return replace(change, evidence={**change.evidence, "causes": [c.as_json() for c in causes]})

    def _is_told(self, asset: str, rule: str) -> bool:
        """Whether a fault's alarm would only repeat one that is up."""
        if not rule.startswith(RULE):
            return False
        model = self._plant.assets[asset].kind.faults[rule.removeprefix(RULE)]
        return any((asset, name) in self._active for name in model.explains)

    def _with_feeder(self, asset: str, causes: list[Cause]) -> list[Cause]:
        """What feeds the asset has an urgent alarm: its cause is first, the asset's own are less likely."""
        urgent = [
            (a, c) for (a, r), c in self._active.items() if a in self._above[asset] and self._urgent(a, r)
        ]
        known = [(a, c) for a, c in urgent if c is not None]
        if not known:
            return causes
        feeder, cause = max(known, key=lambda found: (found[1].probability, found[0]))
        shared = replace(cause, asset=cause.asset or feeder)
        rest = 1 - shared.probability
        return [shared, *(replace(c, probability=c.probability * rest) for c in causes)]

    def _urgent(self, asset: str, rule: str) -> bool:
        alarm = self._plant.assets[asset].kind.alarms.get(rule)
        return alarm is not None and alarm.priority in EXPLAINING_PRIORITIES

    def hold_as(self, active: Iterable[tuple[str, str]]) -> None:
        """Take these (asset, rule) pairs for what is up, whatever was remembered."""
        self._active = {pair: self._active.get(pair) for pair in active}

    def save(self) -> State:
        """Per kind what it remembers, with the assets and models it belongs to."""
        up = sorted((a, r, _written(c)) for (a, r), c in self._active.items())
        found: State = {"active": np.array(up, dtype=np.str_).reshape(-1, 3)}
        for name, kind in self._kinds.items():
            found[f"{name}/fits"] = np.array([_fits(kind)], dtype=np.str_)
            found |= {f"{name}/{key}": array for key, array in kind.save().items()}
        return found

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take it back; a kind whose assets or fault models changed since then looks afresh."""
        self._active = {(a, r): _read(c) for a, r, c in saved["active"].tolist()}
        for name, kind in self._kinds.items():
            prefix = f"{name}/"
            mine = {k.removeprefix(prefix): v for k, v in saved.items() if k.startswith(prefix)}
            if mine and mine.pop("fits").tolist() == [_fits(kind)]:
                kind.restore(mine)


def _fits(kind: KindDiagnosis) -> str:
    """What memory belongs to: assets, faults and signs in their order."""
    assets = [asset.id for asset in kind.layout.assets]
    return json.dumps([assets, kind.table.faults, kind.table.signs])


def _written(cause: Cause | None) -> str:
    return json.dumps(cause.as_json() if cause is not None else None, ensure_ascii=False)


def _read(written: str) -> Cause | None:
    told = json.loads(written)
    if told is None:
        return None
    signs = tuple(Text(**sign) for sign in told["signs"])
    return Cause(told["fault"], Text(**told["title"]), told["probability"], signs, told.get("asset"))
