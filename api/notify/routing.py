"""Which channels a message goes to, and why."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from api.notify.channels.base import Channel
from api.notify.message import Message
from config.clock import DAY

LONG_AGO_NS = DAY


class Routed(StrEnum):
    """Why a message goes where it goes."""

    TO_ALL = "to_all"
    QUIET = "quiet"
    LONG_AGO = "long_ago"
    NOBODY_CONFIGURED = "nobody_configured"


class Route(NamedTuple):
    """Names of the channels, and the reason."""

    channels: tuple[str, ...]
    reason: Routed


def route(message: Message, channels: Sequence[Channel], now_ns: int) -> Route:
    """Everything goes to every channel; what is quiet only to those that keep a record, and what
    happened over a day ago to nobody.

    A backlog read after days away would else wake people for what they cannot act on any more.
    """
    if not channels:
        return Route((), Routed.NOBODY_CONFIGURED)
    record = tuple(c.name for c in channels if c.quiet_too)
    if now_ns - message.created_ns > LONG_AGO_NS:
        return Route((), Routed.LONG_AGO)
    if message.quiet is not None:
        return Route(record, Routed.QUIET)
    return Route(tuple(c.name for c in channels), Routed.TO_ALL)
