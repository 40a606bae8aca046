"""Who is fed by whom: an alarm that a feeding asset's alarm explains is suppressed by design."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from analytics.alarms.alarm import Alarm
from config.plant import Plant

EXPLAINING_PRIORITIES = frozenset({"critical", "high"})


class Feeders:
    """What feeds each asset, over any number of steps."""

    def __init__(self, plant: Plant) -> None:
        self._fed_by: Mapping[str, tuple[str, ...]] = {a.id: a.fed_by for a in plant.by_index}

    @cached_property
    def above(self) -> dict[str, frozenset[str]]:
        """All assets that feed the asset, directly or through others."""
        return {asset: _reach(asset, self._fed_by) for asset in self._fed_by}

    @cached_property
    def below(self) -> dict[str, frozenset[str]]:
        """All assets that the asset feeds, directly or through others."""
        found: dict[str, set[str]] = {}
        for asset, feeders in self.above.items():
            for feeder in feeders:
                found.setdefault(feeder, set()).add(asset)
        return {feeder: frozenset(fed) for feeder, fed in found.items()}

    def depth(self, asset: str) -> int:
        """How many assets stand above it; causes sort before what they cause."""
        return len(self.above.get(asset, ()))


def _reach(start: str, fed_by: Mapping[str, Iterable[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(fed_by.get(start, ()))
    while waiting:
        feeder = waiting.pop()
        if feeder not in found and feeder != start:
            found.add(feeder)
            waiting.extend(fed_by.get(feeder, ()))
    return frozenset(found)


def explains(alarm: Alarm) -> bool:
    """Whether an alarm is reason enough to keep alarms of fed assets quiet.

    Not if it is itself shelved or out of service: then nobody was told, and the fed asset's alarm must speak.
    """
    told = not alarm.shelved and not alarm.out_of_service
    return alarm.state.active and alarm.priority in EXPLAINING_PRIORITIES and told


def explanation(asset: str, feeders: Feeders, alarms: Iterable[Alarm]) -> Alarm | None:
    """The oldest alarm of a feeding asset that explains trouble at this asset."""
    above = feeders.above.get(asset, frozenset())
    candidates = [a for a in alarms if a.asset in above and explains(a)] if above else []
    return min(candidates, key=lambda a: (a.since, a.id), default=None)
