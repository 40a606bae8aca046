"""Why a reading was not taken: the words that log, quarantine, UI, API and tests share."""

from __future__ import annotations

from enum import StrEnum


class Rejected(StrEnum):
    """What cannot be stored goes to quarantine under one of these names."""

    UNREADABLE = "unreadable"  # not a payload of the format its topic promises
    TOO_MANY_READINGS = "too_many_readings"  # more in one message than intake takes at once
    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_DEVICE = "unknown_device"
    UNKNOWN_POINT = "unknown_point"
    WRONG_TYPE = "wrong_type"
    NOT_A_NUMBER = "not_a_number"
    NO_TIME = "no_time"
    CLOCK_NOT_SET = "clock_not_set"  # a time before 2000: the device does not know what day it is
    FROM_THE_FUTURE = "from_the_future"
    CONFLICT = "conflict"  # the point already has a different value at this time


REASONS: tuple[Rejected | None, ...] = (None, *Rejected)
"""Reasons by the code that stands for them in columns; 0: accepted."""

CODES: dict[Rejected, int] = {reason: code for code, reason in enumerate(REASONS) if reason is not None}
