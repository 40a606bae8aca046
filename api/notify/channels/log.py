"""The log as a channel: one line for every transition, also the quiet ones."""

from __future__ import annotations

import logging

from api.notify.channels.base import Channel
from api.notify.message import Message
from config.settings_model import Settings
from config.text import Language

log = logging.getLogger("caretaker.notify")

_LEVELS = {"critical": logging.ERROR, "high": logging.WARNING}


class LogChannel:
    """Writes to the process's log."""

    name = "log"
    quiet_too = True

    def __init__(self, language: Language) -> None:
        self._language = language

    def send(self, message: Message) -> None:
        quiet = f" quiet: {message.quiet}" if message.quiet else ""
        level = logging.INFO if message.quiet else _LEVELS.get(message.priority, logging.INFO)
        log.log(level, "%s %s%s", message.event_id, message.line(self._language), quiet)

    def close(self) -> None:
        """Nothing is held."""


def channels(settings: Settings) -> list[Channel]:
    """The one log."""
    return [LogChannel(settings.language)]
