"""One alarm rule as it applies to one asset: what it says and how it behaves."""

from __future__ import annotations

from dataclasses import dataclass

from config.kind import Priority
from config.text import Text


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """Everything an occurrence takes over from its rule. Delays are in ns."""

    asset: str
    site: str
    family: str
    kind: str
    rule: str
    priority: Priority
    title: Text
    cause: Text
    guidance: Text
    consequence: Text
    latched: bool = False
    realarm_ns: int | None = None
    on_delay_ns: int = 0
    suppressed_by_feeder: bool = False
