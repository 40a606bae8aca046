"""How the parts of this node are, from their own signs of life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Engine

from analytics.alarms.system import PASSING_PARTS
from config.clock import SECOND, Clock, WoundClock
from config.heartbeat import PartHealth, read_all

SILENT_AFTER_NS = 15 * SECOND
LOADING = "loading"
"""A part's own word while it builds what others wait for, such as the demo's history."""


class Condition(StrEnum):
    """How the node is as a whole."""

    OK = "ok"
    LOADING = "loading"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class PartCondition:
    """One part: its own word, or `silent`; age of its last sign of life in seconds."""

    state: str
    reason: str
    age_s: float


@dataclass(frozen=True, slots=True)
class Health:
    """The node and its parts."""

    condition: Condition
    parts: Mapping[str, PartCondition]


def health(engine: Engine, clock: Clock) -> Health:
    """What every part last said, judged by its age. A wound clock ages faster than its parts beat."""
    speed = clock.speed if isinstance(clock, WoundClock) else 1.0
    now, silent_after = clock.now_ns(), SILENT_AFTER_NS * max(1.0, speed)
    parts = {part.part: _condition(part, now, silent_after) for part in read_all(engine).values()}
    states = {p.state for p in parts.values()}
    if LOADING in states:
        return Health(Condition.LOADING, parts)
    return Health(Condition.OK if states <= {"ok"} else Condition.DEGRADED, parts)


def _condition(part: PartHealth, now_ns: int, silent_after_ns: float) -> PartCondition:
    age = max(0, part.age_ns(now_ns))
    silent = age > silent_after_ns and part.part not in PASSING_PARTS
    state = "silent" if silent else part.state
    return PartCondition(state, part.reason, round(age / SECOND, 1))
