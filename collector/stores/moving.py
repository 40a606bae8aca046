"""What the process `store` needs of whatever moves journals into a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Health:
    """The heartbeat's words: `ok`, or the state and why."""

    state: str = "ok"
    reason: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


class Mover(Protocol):
    """Moves what waits in the journals, a portion at a time."""

    def step(self) -> float:
        """One round; returns the seconds until the next one is worth while."""

    def health(self) -> Health:
        """How it goes."""

    def close(self) -> None:
        """Let go of files and connections."""
