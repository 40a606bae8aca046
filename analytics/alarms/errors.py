"""What a person's action on an alarm can be answered with.

AlarmError
├── UnknownAlarmError   no alarm has this id (404)
├── ConflictError       somebody else was faster; look again (409)
└── NotAllowedError        the action is not allowed as asked; the message says what to do (422)
"""

from __future__ import annotations


class AlarmError(Exception):
    """An action on an alarm did not happen."""


class UnknownAlarmError(AlarmError):
    """No alarm has this id."""

    def __init__(self, alarm_id: str) -> None:
        super().__init__(f"no alarm has the id {alarm_id!r}: take ids from the alarm list")


class ConflictError(AlarmError):
    """The alarm is no longer as the caller saw it."""

    def __init__(self, alarm_id: str, seen: int, now: int) -> None:
        super().__init__(f"alarm {alarm_id} is at version {now}, you saw {seen}: load it again, then decide")
        self.seen, self.now = seen, now


class NotAllowedError(AlarmError):
    """The action is not allowed as asked."""


class LostRaceError(Exception):
    """Another process changed the row between our read and our write: the transaction is tried again."""
