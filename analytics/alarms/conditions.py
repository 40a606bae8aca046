"""The alarm rules of one kind over a frame: which conditions began or ceased to hold, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.alarms.changes import ConditionChange
from analytics.alarms.latch import Flips, Latch, LatchRows
from analytics.alarms.limits import CompiledRule
from analytics.frame import KindFrame
from analytics.layout import KindLayout
from analytics.memory import State
from config.expression import Windows


class KindConditions:
    """The rules of one kind with their memory."""

    def __init__(self, layout: KindLayout, known: Callable[[int, str], float]) -> None:
        """known: what was last measured of a point of an asset (its place), NaN if nothing."""
        self._layout, self._known = layout, known
        self._rules = [CompiledRule(layout, name, rule) for name, rule in layout.kind.alarms.items()]
        self._place = {rule.name: place for place, rule in enumerate(self._rules)}
        self._asset = {asset.id: place for place, asset in enumerate(layout.assets)}
        self._latch = Latch(
            np.stack([rule.delays("on_delay") for rule in self._rules]),
            np.stack([rule.delays("off_delay") for rule in self._rules]),
            np.array([rule.stands_ns for rule in self._rules], dtype=np.int64),
        )

    def judge(self, frame: KindFrame, windows: Windows) -> list[ConditionChange]:
        """What changed for good in this frame."""
        verdicts = [rule.judge(frame, windows) for rule in self._rules]
        rows = LatchRows(frame.wide, frame.present, frame.run, frame.time, frame.until, frame.arrived)
        flips = self._latch.advance(
            rows,
            np.stack([v.on for v in verdicts]),
            np.stack([v.off for v in verdicts]),
            np.stack([v.unknown for v in verdicts]),
        )
        return [change for some in flips for change in self._changes(some, frame, windows)]

    def elapse(self, now_ns: int) -> list[ConditionChange]:
        """What delays brought by now, for assets that sent nothing since."""
        assets = np.arange(len(self._layout.assets), dtype=np.int32)
        until = np.full(len(assets), now_ns, dtype=np.int64)
        return list(self._changes(self._latch.elapse(assets, until)))

    def _changes(
        self, flips: Flips, frame: KindFrame | None = None, windows: Windows | None = None
    ) -> Iterable[ConditionChange]:
        for condition, asset, at, active, row in zip(
            flips.condition, flips.series, flips.at, flips.active, flips.row, strict=True
        ):
            rule = self._rules[condition]
            seen: dict[str, Any] = {}
            if active and row >= 0 and frame is not None and windows is not None:
                seen = rule.evidence(frame, windows, int(row))
            elif active:
                seen = rule.evidence_later(lambda point, asset=asset: self._known(int(asset), point))
            yield ConditionChange(int(at), self._layout.assets[asset].id, rule.name, bool(active), seen)

    def hold_as(self, active: Iterable[tuple[str, str]]) -> None:
        """Take (asset, rule) pairs for what is active, whatever was remembered."""
        held = np.zeros((len(self._place), len(self._asset)), dtype=np.bool_)
        for asset, rule in active:
            if asset in self._asset and rule in self._place:
                held[self._place[rule], self._asset[asset]] = True
        self._latch.hold_as(held)

    def save(self) -> State:
        """`rule|what`, one row per asset."""
        saved = self._latch.save()
        found: State = {"last": saved.pop("last")}
        for rule, place in self._place.items():
            found |= {f"{rule}|{what}": array[:, place] for what, array in saved.items()}
        return found

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take it back; rules that are new since then start as not holding."""
        mine = self._latch.save()
        for rule, place in self._place.items():
            for what in ("raw", "held", "unknown", "since"):
                mine[what] = mine[what].copy()
                if f"{rule}|{what}" in saved:
                    mine[what][:, place] = saved[f"{rule}|{what}"]
        self._latch.restore({**mine, "last": saved["last"]})
