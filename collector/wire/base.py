"""What every payload format is asked: which topics are its own, and what readings a batch holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from collector.directory import Directory
from collector.reading import Float64s, Int32s, Int64s, UInt8s

NO_TIME = np.iinfo(np.int64).min
NO_POINT = -1


@dataclass(frozen=True, slots=True)
class Messages:
    """MQTT messages as columns of one length: raw topic and raw payload."""

    topics: Sequence[bytes]
    payloads: Sequence[bytes]

    def __len__(self) -> int:
        return len(self.topics)

    def slice(self, start: int, stop: int) -> Messages:
        """The messages from `start` up to, not including, `stop`."""
        return Messages(self.topics[start:stop], self.payloads[start:stop])

    def take(self, rows: Sequence[int]) -> Messages:
        """The messages at these places, in that order."""
        return Messages([self.topics[i] for i in rows], [self.payloads[i] for i in rows])


@dataclass(frozen=True, slots=True)
class Mark:
    """A sequence number that a message carried. `boot`: any word that changes when the device starts anew."""

    device: int
    boot: str
    number: int


@dataclass(frozen=True, slots=True)
class Status:
    """A device said, or its last will did, whether it is connected."""

    device: int
    online: bool
    at: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device answered to a command; `value` is what it now uses, if it said so."""

    command: str
    done: bool
    value: float | None
    reason: str
    at: int


def _nameless(_row: int) -> str:
    return ""


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """What a batch of messages holds: one row per reading, those that cannot be taken included.

    message: int32[n], the row's message in the batch. device: int32[n], its number in the directory.
    point: int32[n], -1 where there is none. time: int64[n] UTC ns, NO_TIME where there is none.
    value: float64[n], NaN where it is no number. rejected: uint8[n], 0 or a code of
    `collector.rejected.CODES`. An unreadable message is one row.
    name(row): what the row calls its point, for a person to read.
    """

    message: Int32s
    device: Int32s
    point: Int32s
    time: Int64s
    value: Float64s
    rejected: UInt8s
    name: Callable[[int], str] = _nameless
    marks: Sequence[Mark] = field(default=())
    statuses: Sequence[Status] = field(default=())
    answers: Sequence[Answer] = field(default=())

    def __len__(self) -> int:
        return len(self.message)

    @classmethod
    def refused(
        cls, message: Sequence[int], device: Sequence[int], code: Sequence[int], name: Sequence[str] = ()
    ) -> Decoded:
        """Rows for what could not even be read, one each."""
        n = len(message)
        return cls(
            np.asarray(message, dtype=np.int32),
            np.asarray(device, dtype=np.int32),
            np.full(n, NO_POINT, dtype=np.int32),
            np.full(n, NO_TIME),
            np.full(n, np.nan),
            np.asarray(code, dtype=np.uint8),
            name.__getitem__ if name else _nameless,
        )

    def with_statuses(self, statuses: Sequence[Status]) -> Decoded:
        """The same rows with these statuses beside them."""
        return replace(self, statuses=statuses)

    def with_answers(self, answers: Sequence[Answer]) -> Decoded:
        """The same rows with these answers beside them."""
        return replace(self, answers=answers)

    @classmethod
    def join(cls, parts: Sequence[Decoded]) -> Decoded:
        """All rows and notes of the parts, in their order."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([p.message for p in parts]),
            np.concatenate([p.device for p in parts]),
            np.concatenate([p.point for p in parts]),
            np.concatenate([p.time for p in parts]),
            np.concatenate([p.value for p in parts]),
            np.concatenate([p.rejected for p in parts]),
            _joined_names(parts),
            [m for p in parts for m in p.marks],
            [s for p in parts for s in p.statuses],
            [a for p in parts for a in p.answers],
        )

    def of_messages(self, places: Int32s) -> Decoded:
        """The same rows with message i called places[i]."""
        return replace(self, message=places[self.message])


def _joined_names(parts: Sequence[Decoded]) -> Callable[[int], str]:
    starts = np.cumsum([0, *(len(p) for p in parts)])

    def name(row: int) -> str:
        part = int(np.searchsorted(starts, row, side="right")) - 1
        return parts[part].name(row - int(starts[part]))

    return name


class WireFormat(Protocol):
    """One payload format. A file of this folder holds one, and names its class `FORMAT`."""

    name: str

    def __init__(self, directory: Directory) -> None: ...

    def subscriptions(self) -> Sequence[str]:
        """MQTT topic filters under which its messages come."""

    def claims(self, topic: bytes) -> bool:
        """Whether messages under this topic are in this format."""

    def decode(self, messages: Messages, received_at: int) -> Decoded:
        """Rows of these messages, all of them claimed. Never raises for what a message holds."""
