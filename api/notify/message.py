"""What is told: one transition, under an id that stays the same however often it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from config.text import Language


@dataclass(frozen=True, slots=True)
class Message:
    """An outbox row. `payload` of topic alarm: `transition` and `alarm`, each with all its columns."""

    event_id: str
    topic: str
    quiet: str | None
    payload: Mapping[str, Any]
    created_ns: int

    @property
    def alarm(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.payload.get("alarm", {})
        return found

    @property
    def transition(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.payload.get("transition", {})
        return found

    @property
    def priority(self) -> str:
        return str(self.alarm.get("priority", "low"))

    def line(self, language: Language) -> str:
        """The message in one line: priority, asset, what, and what became of it."""
        title = (self.alarm.get("title") or {}).get(language, self.topic)
        who = self.transition.get("who", "caretaker")
        by = "" if who == "caretaker" else f" ({who})"
        asset, event = self.alarm.get("asset", ""), self.transition.get("event", "")
        return f"[{self.priority}] {asset}: {title} - {event}{by}"
