"""What both ways of listening offer the collector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from collector.mqtt.deaf import Deaf
from collector.wire.base import Messages

PATIENCE_S = (0.0005, 0.001, 0.002, 0.004)
"""How long few messages wait for more, step by step, so that one fsync serves many."""
SMALLEST_WINDOW = 20
"""What every broker sends before it waits for acknowledgements; beyond, silence may be its waiting."""
MOST_BYTES = 4 << 20
"""Read in one go: the bound of what is in memory and not yet on disk, but for one larger message."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Messages that came, their packet ids (0: QoS 0), and the connection over which they came."""

    messages: Messages
    ids: Sequence[int]
    generation: int

    def __len__(self) -> int:
        return len(self.messages)


class Ear(Protocol):
    """A subscriber: hears in batches, acknowledges in batches. One thread listens; any thread may publish."""

    @property
    def deaf(self) -> Deaf | None:
        """Why it hears nothing; None: all is well."""

    def listen(self, seconds: float) -> Heard:
        """Wait up to so many seconds for messages; keeps the connection up meanwhile."""

    def acknowledge(self, heard: Heard) -> None:
        """These are on disk. Nothing is said on a newer connection: there the broker sends them again."""

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Send a message; QoS 0 is dropped while there is no connection."""

    def close(self) -> None:
        """Disconnect."""
