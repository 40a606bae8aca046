"""What one journal entry adds to the ledger; it commits with the readings it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson


@dataclass(slots=True)
class Count:
    """Readings of one device: received = stored + duplicate + quarantined.

    missing: messages that the device numbered and that never came.
    """

    received: int = 0
    stored: int = 0
    duplicate: int = 0
    quarantined: int = 0
    missing: int = 0

    def add(self, other: Count) -> None:
        """Add the other's numbers to these."""
        self.received += other.received
        self.stored += other.stored
        self.duplicate += other.duplicate
        self.quarantined += other.quarantined
        self.missing += other.missing

    def numbers(self) -> tuple[int, int, int, int, int]:
        """The numbers in the order of the fields."""
        return self.received, self.stored, self.duplicate, self.quarantined, self.missing


@dataclass(frozen=True, slots=True)
class NamedGap:
    """Messages `first` to `last` of a device's life `boot` that did not come by `at` (UTC ns)."""

    device: str
    boot: str
    first: int
    last: int
    at: int


@dataclass(frozen=True, slots=True)
class NamedStatus:
    """A device is connected or not, as said at `at` (UTC ns)."""

    device: str
    online: bool
    at: int


@dataclass(frozen=True, slots=True)
class NamedAnswer:
    """The answer to a command."""

    command: str
    done: bool
    value: float | None
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """A quarantined message was taken again; `left` of its readings are still refused."""

    quarantine: int
    left: int


@dataclass(slots=True)
class Delta:
    """Everything beside the readings that one entry changes.

    at: UTC ns of reception. stored: readings of devices of which all were stored; mixed: the other devices.
    last: boot and sequence number where a device stands. requests: outcomes of intake requests, by id.
    """

    at: int = 0
    stored: dict[str, int] = field(default_factory=dict)
    mixed: dict[str, Count] = field(default_factory=dict)
    last: dict[str, tuple[str, int]] = field(default_factory=dict)
    gaps: list[NamedGap] = field(default_factory=list)
    statuses: list[NamedStatus] = field(default_factory=list)
    answers: list[NamedAnswer] = field(default_factory=list)
    replayed: list[Replayed] = field(default_factory=list)
    requests: dict[str, dict[str, Any]] = field(default_factory=dict)

    def count(self, device: str) -> Count:
        """The numbers of a device, to be added to."""
        if device not in self.mixed:
            stored = self.stored.pop(device, 0)
            self.mixed[device] = Count(stored, stored)
        return self.mixed[device]

    def devices(self) -> Mapping[str, Count]:
        """The numbers of every device."""
        plain = {device: Count(stored, stored) for device, stored in self.stored.items()}
        return plain | self.mixed

    def total(self) -> Count:
        """The sum over all devices."""
        stored = sum(self.stored.values())
        total = Count(stored, stored)
        for count in self.mixed.values():
            total.add(count)
        return total

    def add(self, later: Delta) -> None:
        """Add what a later entry says."""
        self.at = max(self.at, later.at)
        for device, stored in later.stored.items():
            if device in self.mixed:
                self.mixed[device].add(Count(stored, stored))
            else:
                self.stored[device] = self.stored.get(device, 0) + stored
        for device, count in later.mixed.items():
            self.count(device).add(count)
        self.last.update(later.last)
        self.gaps += later.gaps
        self.statuses += later.statuses
        self.answers += later.answers
        self.replayed += later.replayed
        self.requests.update(later.requests)


_LISTS = {"gaps": NamedGap, "statuses": NamedStatus, "answers": NamedAnswer, "replayed": Replayed}


def encode(delta: Delta) -> bytes:
    """JSON without the parts that are empty."""
    document: dict[str, object] = {"at": delta.at, "stored": delta.stored}
    if delta.mixed:
        document["mixed"] = {device: count.numbers() for device, count in delta.mixed.items()}
    for name in ("last", "requests"):
        if getattr(delta, name):
            document[name] = getattr(delta, name)
    for name in _LISTS:
        if getattr(delta, name):
            document[name] = [asdict(item) for item in getattr(delta, name)]
    return orjson.dumps(document)


def decode(blob: bytes) -> Delta:
    """The delta that `encode` wrote; an empty blob is an empty delta."""
    if not blob:
        return Delta()
    document = orjson.loads(blob)
    lists = {name: [item(**entry) for entry in document.get(name, ())] for name, item in _LISTS.items()}
    return Delta(
        document["at"],
        document["stored"],
        {device: Count(*numbers) for device, numbers in document.get("mixed", {}).items()},
        {device: (boot, number) for device, (boot, number) in document.get("last", {}).items()},
        requests=document.get("requests", {}),
        **lists,
    )
