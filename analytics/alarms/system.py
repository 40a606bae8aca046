"""Caretaker watches its own parts: no sign of life, unable to work, a journal near its bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from analytics.alarms.builtin import JOURNAL_FILLING, PART_FAILED, PART_SILENT, READER_LAGGING, SYSTEM
from analytics.alarms.changes import ConditionChange
from collector.journal import Bound, BoundName, Level
from config.heartbeat import PartHealth

CHECKS_WITHOUT_BEAT = 15
CHECKS_IN_TROUBLE = 15
CHECKS_AFTER_DEATH = 30
"""How long a part that died and was restarted must live before its alarm clears."""
LASTING_PARTS = frozenset({"broker", "collect", "store", "notify", "serve"})
"""Parts of every node: missed even if they have not come up since the last start."""
INTAKE = "collect"
SUPERVISOR = "supervisor"
PASSING_PARTS = frozenset({"history"})
"""Parts that end when their work is done."""
Key = tuple[str, str]


class SystemWatch:
    """Called about once a second. It counts checks, not time: a wound clock makes nobody look silent."""

    def __init__(self, own_part: str, active: Iterable[Key]) -> None:
        """active: (asset, rule) pairs of the alarms about parts that are on record as active."""
        self._own = own_part
        self._active = {key for key in active if key[0].startswith(f"{SYSTEM}/")}
        self._beats: dict[str, int] = {}
        self._alive: set[str] = set()
        self._missed: dict[str, int] = {}
        self._trouble: dict[str, int] = {}
        self._deaths: dict[str, int] | None = None
        self._mourned: dict[str, int] = {}

    def check(
        self, parts: Mapping[str, PartHealth], bounds: Sequence[Bound], now_ns: int
    ) -> list[ConditionChange]:
        """What changed since the last check. bounds: of all journals, empty if they were not measured now."""
        seen: dict[Key, dict[str, Any]] = {}
        for part, health in parts.items():
            if part != self._own and part not in PASSING_PARTS:
                seen |= self._part(part, health)
        if SUPERVISOR in parts:
            seen |= self._died(parts[SUPERVISOR])
        measured = {JOURNAL_FILLING.name, READER_LAGGING.name} if bounds else set()
        for bound in bounds:
            if bound.level is not Level.OK:
                seen[_of_bound(bound)] = _evidence(bound)
        return [*self._begun(seen, now_ns), *self._ceased(seen, measured, now_ns)]

    @property
    def intake_away(self) -> bool:
        """Whether nothing can be heard because the collector is gone, or cannot hear."""
        return self._missed.get(INTAKE, 0) >= CHECKS_WITHOUT_BEAT // 3 or self._trouble.get(INTAKE, 0) > 0

    def _part(self, part: str, health: PartHealth) -> dict[Key, dict[str, Any]]:
        last = self._beats.get(part)
        if last is not None and health.at_ns != last:
            self._alive.add(part)
        self._missed[part] = 0 if health.at_ns != last else self._missed.get(part, 0) + 1
        self._beats[part] = health.at_ns
        asset = f"{SYSTEM}/{part}"
        if self._missed[part] >= CHECKS_WITHOUT_BEAT:
            expected = part in self._alive or part in LASTING_PARTS
            return {(asset, PART_SILENT.name): {"last_beat": health.at_ns}} if expected else {}
        in_trouble = self._trouble.get(part, 0) + 1 if health.state != "ok" else 0
        self._trouble[part] = in_trouble
        # Parts reconnect by themselves; only what lasts needs somebody.
        if in_trouble >= CHECKS_IN_TROUBLE:
            return {(asset, PART_FAILED.name): {"state": health.state, "reason": health.reason}}
        return {}

    def _died(self, supervisor: PartHealth) -> dict[Key, dict[str, Any]]:
        """Parts that ended and were started again, until they have lived for a while."""
        deaths: dict[str, int] = dict(supervisor.details.get("deaths", {}))
        # What died before this process began was told by the one before, but nobody told of its own end.
        before = self._deaths if self._deaths is not None else {**deaths, self._own: 0}
        self._deaths = deaths
        self._mourned = {part: left - 1 for part, left in self._mourned.items() if left > 1}
        for part, count in deaths.items():
            if count > before.get(part, 0):
                self._mourned[part] = CHECKS_AFTER_DEATH
        return {
            (f"{SYSTEM}/{part}", PART_FAILED.name): {"state": "restarted", "restarts": deaths[part]}
            for part in self._mourned
        }

    def _begun(self, seen: Mapping[Key, dict[str, Any]], now_ns: int) -> list[ConditionChange]:
        new = [key for key in seen if key not in self._active]
        self._active.update(new)
        return [ConditionChange(now_ns, asset, rule, True, seen[asset, rule]) for asset, rule in new]

    def _ceased(self, seen: Iterable[Key], measured: set[str], now_ns: int) -> list[ConditionChange]:
        judged = {PART_SILENT.name, PART_FAILED.name} | measured
        gone = sorted(key for key in self._active - set(seen) if key[1] in judged)
        self._active.difference_update(gone)
        return [ConditionChange(now_ns, asset, rule, active=False) for asset, rule in gone]


def _of_bound(bound: Bound) -> Key:
    if bound.name in (BoundName.SIZE, BoundName.FREE_SPACE):
        return f"{SYSTEM}/journal", JOURNAL_FILLING.name
    return f"{SYSTEM}/reader-{bound.reader}", READER_LAGGING.name


def _evidence(bound: Bound) -> dict[str, Any]:
    return {
        "bound": bound.name.value,
        "level": bound.level.value,
        "value": bound.value,
        "limit": bound.limit,
        "remedy": bound.remedy,
    }
