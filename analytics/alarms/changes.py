"""What conditions say to alarms: this rule began, or ceased, to hold on this asset at this time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ConditionChange:
    """One rule of one asset turned true (`active`) or false at `at` (UTC ns, reading time)."""

    at: int
    asset: str
    rule: str
    active: bool
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """What was seen: JSON values such as point, value, limit, unit."""
