"""What is wrong with the assets of one kind: probability of every fault, row by row, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from analytics.alarms.changes import ConditionChange
from analytics.alarms.latch import Latch, LatchRows
from analytics.faults.models import Cause, FaultTable, Signs
from analytics.faults.signs import KindSigns
from analytics.frame import KindFrame
from analytics.kinds import Framed
from analytics.layout import KindLayout
from analytics.memory import State, restore_parts, save_parts
from config.clock import HOUR

RULE = "fault."
"""Alarms of a diagnosis are named `fault.<fault>`."""
CERTAIN, DOUBTFUL = 0.9, 0.5
PERSISTS = 6 * HOUR
MOST_CAUSES = 3
FEWEST_SHARED, MOST_COMPARED = 3, 300
_LEAST = 0.02
_NONE = -1


class _Look(NamedTuple):
    frame: KindFrame
    signs: Signs


class KindDiagnosis:
    """The diagnosis of one kind with its memory.

    An asset is taken to be faulty when the probability of no fault has been below 10 % for six hours, and
    sound again when it has been above 50 % for six hours; the alarm is named after the likeliest fault.
    What a third of the kind (three at least) seems to have at once has its cause elsewhere: it is not raised.
    """

    def __init__(self, layout: KindLayout) -> None:
        self.layout = layout
        self.table = FaultTable.of(layout.kind)
        self._signs = KindSigns(layout, self.table.signs)
        size = len(layout.assets)
        delay = np.full((1, size), PERSISTS, dtype=np.int64)
        self._latch = Latch(delay, delay, np.array([layout.intervals.min()], dtype=np.int64))
        self.named = np.full(size, _NONE, dtype=np.int64)
        """Place of the fault whose alarm is up; -1: none."""
        self._place = {asset.id: place for place, asset in enumerate(layout.assets)}
        self._look: _Look | None = None

    def look(self, framed: Framed) -> list[ConditionChange]:
        """Which faults came to be taken for certain in this frame, and which are no longer."""
        frame = framed.frame
        signs = self._signs.look(framed)
        self._look = _Look(frame, signs)
        healthy = self.table.posterior(self.table.log_odds(signs))[-1]
        unknown = (signs < 0).all(axis=0)
        rows = LatchRows(frame.wide, frame.present, frame.run, frame.time, frame.until, frame.arrived)
        found: list[ConditionChange] = []
        verdict = np.stack((healthy < 1 - CERTAIN, healthy > DOUBTFUL, unknown))[:, None]
        for flips in self._latch.advance(rows, *verdict):
            order = np.argsort(flips.at, kind="stable")
            for at, asset, active in zip(
                flips.at[order].tolist(), flips.series[order].tolist(), flips.active[order], strict=True
            ):
                found.extend(self._change(at, asset, active=bool(active)))
        return found

    def _change(self, at: int, asset: int, *, active: bool) -> Iterator[ConditionChange]:
        if active:
            identifier = self.layout.assets[asset].id
            odds = self.table.log_odds(self._signs_at(identifier, at))
            fault = int(odds[:, 0].argmax())
            if self._is_shared(fault, at):
                return
            self.named[asset] = fault
        if self.named[asset] != _NONE:
            fault = self.table.faults[self.named[asset]]
            yield ConditionChange(at, self.layout.assets[asset].id, f"{RULE}{fault}", active)
        if not active:
            self.named[asset] = _NONE

    def _is_shared(self, fault: int, at: int) -> bool:
        """Whether so many assets seem to have it at once that the cause lies outside them."""
        compared = self.layout.assets[:MOST_COMPARED]
        signs = np.concatenate([self._signs_at(a.id, at) for a in compared], axis=1)
        odds = self.table.log_odds(signs)
        alike = (odds.argmax(axis=0) == fault) & (self.table.posterior(odds)[-1] < 1 - CERTAIN)
        return int(alike.sum()) >= max(FEWEST_SHARED, len(compared) / 3)

    def causes(self, asset: str, at: int, rule: str) -> list[Cause]:
        """The likeliest causes of an alarm at a time (UTC ns), the likeliest first."""
        signs = self._signs_at(asset, at)
        odds = self.table.given_alarm(self.table.log_odds(signs), rule)
        shares = self.table.posterior(odds)[:-1, 0]
        shares = shares / max(float(shares.sum()), 1e-12)
        ranked = np.argsort(-shares, kind="stable")[:MOST_CAUSES]
        return [self._cause(int(f), float(shares[f]), signs[:, 0]) for f in ranked if shares[f] >= _LEAST]

    def _cause(self, fault: int, probability: float, signs: Signs) -> Cause:
        name = self.table.faults[fault]
        model = self.layout.kind.faults[name]
        seen = {text for text, sign in zip(self.table.signs, signs, strict=True) if sign > 0}
        spoke = tuple(s.title for s in model.symptoms if s.when in seen)
        return Cause(name, model.title, probability, spoke)

    def _signs_at(self, asset: str, at: int) -> Signs:
        """int8[s, 1]: of the latest row at that time; of what is remembered if there was none."""
        place = self._place[asset]
        look = self._look
        if look is not None:
            run = np.searchsorted(look.frame.present, place)
            if run < len(look.frame.present) and look.frame.present[run] == place:
                first, last = int(look.frame.begins[run]), int(look.frame.ends[run])
                row = first + int(np.searchsorted(look.frame.time[first : last + 1], at, side="right")) - 1
                return look.signs[:, [max(row, first)]]
        return self._signs.now[:, [place]]

    def save(self) -> State:
        """One row per asset."""
        return {"named": self.named, **save_parts({"signs": self._signs, "latch": self._latch})}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take it back."""
        self.named = saved["named"].copy()
        restore_parts({"signs": self._signs, "latch": self._latch}, saved)
