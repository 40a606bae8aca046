"""What a channel is. Each file gives `channels(settings) -> list[Channel]`: its configured targets.

DeliveryError
├── PassingError     try again later; `retry_after_s` when the other side said when
└── PermanentError   trying again will not help; somebody has to change something
"""

from __future__ import annotations

from typing import Protocol

from api.notify.message import Message


class DeliveryError(Exception):
    """A message was not delivered; the text says why and, if permanent, what to do."""


class PassingError(DeliveryError):
    """It may work later."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class PermanentError(DeliveryError):
    """It will not work until somebody changes something."""


class Channel(Protocol):
    """One target of one way to reach people."""

    @property
    def name(self) -> str:
        """Unique and lasting: deliveries are remembered under it (`webhook:control-room`)."""

    @property
    def quiet_too(self) -> bool:
        """True for a channel that keeps a record, and so also takes what nobody is to be told."""

    def send(self, message: Message) -> None:
        """Deliver; returning means delivered. Raises PassingError or PermanentError."""

    def close(self) -> None:
        """Let go of connections."""
