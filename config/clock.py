"""The one clock, handed in: the real one, one wound by `CARETAKER_CLOCK`, or one that tests wind by hand."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from config.mistakes import RefusedError

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock(Protocol):
    """Tells the time in UTC nanoseconds and waits in the same time."""

    def now_ns(self) -> int:
        """UTC nanoseconds since 1970."""

    def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of this clock's time."""


class SystemClock:
    """The machine's own clock."""

    def now_ns(self) -> int:
        return time.time_ns()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


@dataclass(frozen=True, slots=True)
class WoundClock:
    """A clock that runs `speed` times as fast as the machine's.

    At machine time `epoch` (ns) it showed `start` (ns). Processes given the same three numbers agree.
    """

    epoch: int
    start: int
    speed: float

    def now_ns(self) -> int:
        return self.start + round((time.time_ns() - self.epoch) * self.speed)

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds / self.speed))

    def environment(self) -> str:
        """The value of `CARETAKER_CLOCK` that gives a child process this clock."""
        return f"{self.epoch},{self.start},{self.speed!r}"


class ManualClock:
    """A clock that stands still until it is wound."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now = now_ns

    def now_ns(self) -> int:
        return self._now

    def sleep(self, seconds: float) -> None:
        self.wind(seconds)

    def wind(self, seconds: float) -> None:
        """Move the time on (or, with a negative number, step it back)."""
        self._now += round(seconds * SECOND)

    def set(self, now_ns: int) -> None:
        """Set the time."""
        self._now = now_ns


def clock_from(value: str | None) -> Clock:
    """The clock that `CARETAKER_CLOCK` (`epoch,start,speed`, both times in ns) asks for; None: the machine's.

    Raises RefusedError (a ValueError) with the form that is expected.
    """
    if not value:
        return SystemClock()
    try:
        epoch, start, speed = value.split(",")
        wound = WoundClock(int(epoch), int(start), float(speed))
    except ValueError:
        remedy = "Write epoch,start,speed (two times in ns, one factor)"
        raise RefusedError(f"CARETAKER_CLOCK={value} is no clock", remedy) from None
    if not wound.speed > 0:
        raise RefusedError(f"CARETAKER_CLOCK={value} does not run", "Write a speed above 0")
    return wound
