"""A place in the journal, and how much lies before it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True, slots=True)
class Position:
    """The byte `offset` in the segment numbered `segment`; positions are totally ordered."""

    segment: int
    offset: int

    def __str__(self) -> str:
        return f"{self.segment}:{self.offset}"


START = Position(0, 0)
"""Before the oldest entry, whichever segment that is in."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many entries and readings lie before a place, since the journal began."""

    entries: int
    readings: int
