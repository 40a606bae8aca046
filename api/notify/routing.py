"""Which channels a message goes to, and why."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from api.notify.channels.base import Channel
from api.notify.message import Message


class Routed(StrEnum):
    """Why a message goes where it goes."""

    TO_ALL = "to_all"
    QUIET = "quiet"
    NOBODY_CONFIGURED = "nobody_configured"


class Route(NamedTuple):
    """Names of the channels, and the reason."""

    channels: tuple[str, ...]
    reason: Routed


def route(message: Message, channels: Sequence[Channel]) -> Route:
    """Everything goes to every channel; what is to be quiet only to those that keep a record."""
    if not channels:
        return Route((), Routed.NOBODY_CONFIGURED)
    if message.quiet is None:
        return Route(tuple(c.name for c in channels), Routed.TO_ALL)
    return Route(tuple(c.name for c in channels if c.quiet_too), Routed.QUIET)
