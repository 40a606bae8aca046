"""What can go wrong with the journal.

JournalError
├── JournalFull     it takes no entry until somebody acts; nothing half-written stays
├── JournalLocked   another process writes to it
└── EntryTooLarge   one entry would not fit into a segment
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path


class FullReason(StrEnum):
    """Why the journal takes no more."""

    DISK_FULL = "disk_full"
    FREE_SPACE_FLOOR = "free_space_floor"
    SIZE_BOUND = "size_bound"


REMEDIES = {
    FullReason.DISK_FULL: "free space on the disk of {folder}",
    FullReason.FREE_SPACE_FLOOR: "free space on the disk of {folder}, or lower the free-space floor",
    FullReason.SIZE_BOUND: "start the reader that is behind (`caretaker journal` names it), forget a reader "
    "that is gone, or raise the journal's size bound",
}


class JournalError(Exception):
    """Base of all errors of the journal."""


class JournalFull(JournalError):  # noqa: N818 - a state of the journal, not a fault of the program
    """Nothing appended since the last commit is in the journal; try again once the remedy is done."""

    def __init__(self, reason: FullReason, folder: Path, detail: str) -> None:
        self.reason = reason
        self.remedy = REMEDIES[reason].format(folder=folder)
        super().__init__(f"journal {folder} is full ({reason}): {detail}. Remedy: {self.remedy}.")


class JournalLocked(JournalError):  # noqa: N818 - likewise
    """A journal has one writer."""


class EntryTooLarge(JournalError):  # noqa: N818 - likewise
    """Split the batch."""
