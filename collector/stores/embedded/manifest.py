"""The list of files that count: replaced whole, so that a crash leaves either the old or the new one."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from collector.journal import START, Position
from collector.journal.disk import Disk
from collector.stores.base import StoreError
from collector.stores.embedded.layout import MANIFEST

_VERSION = 1


class ManifestDamaged(StoreError):  # noqa: N818 - a state of the file, not a fault of the program
    """The manifest cannot be read; the writer rebuilds it from the files."""


@dataclass(frozen=True, slots=True)
class Part:
    """One immutable file of one day's readings, sorted by point and time.

    name: path in the folder. number: later ones win. first, last: range of times (ns). low, high: range of
    points. checksum: CRC-32 of the file. footer: CRC-32 of its footer. written_at: UTC ns.
    """

    name: str
    number: int
    rows: int
    bytes: int
    first: int
    last: int
    low: int
    high: int
    checksum: int
    footer: int
    written_at: int


@dataclass(frozen=True, slots=True)
class Rollup:
    """Hourly rollup of a day. covers: numbers of the parts it was made from."""

    name: str
    covers: tuple[int, ...]


@dataclass(slots=True)
class Day:
    """Parts of a day, oldest first. trimmed: of readings deleted or lost there is only the rollup."""

    parts: list[Part] = field(default_factory=list)
    rollup: Rollup | None = None
    trimmed: bool = False

    @property
    def is_settled(self) -> bool:
        """One part at most, and its rollup made."""
        return self.trimmed or (len(self.parts) <= 1 and self.is_rolled_up)

    @property
    def is_rolled_up(self) -> bool:
        """The rollup says all that the parts say."""
        return self.rollup is not None and self.rollup.covers == tuple(part.number for part in self.parts)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A damaged file that was moved out of the way, with what it held."""

    name: str
    reason: str
    rows: int
    at: int


@dataclass(slots=True)
class Manifest:
    """journal: how far it is compacted. next_number: for the next file. latest: file of newest readings."""

    journal: Position = START
    next_number: int = 1
    latest: str | None = None
    days: dict[str, Day] = field(default_factory=dict)
    damaged: list[SetAside] = field(default_factory=list)

    def take_number(self) -> int:
        """A number that no file has had."""
        self.next_number += 1
        return self.next_number - 1

    def copy(self) -> Manifest:
        """A draft to change; the files' entries themselves never change."""
        days = {name: Day(list(day.parts), day.rollup, day.trimmed) for name, day in self.days.items()}
        return Manifest(self.journal, self.next_number, self.latest, days, list(self.damaged))

    def files(self) -> set[str]:
        """Every file that counts."""
        names = {part.name for day in self.days.values() for part in day.parts}
        names |= {day.rollup.name for day in self.days.values() if day.rollup}
        return names | ({self.latest} if self.latest else set())

    def save(self, folder: Path, disk: Disk) -> None:
        """Put it in place of the old one; durable when this returns."""
        content = json.dumps(asdict(self), separators=(",", ":"))
        envelope = {"version": _VERSION, "checksum": zlib.crc32(content.encode()), "content": content}
        disk.replace(folder / MANIFEST, json.dumps(envelope).encode())

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """The manifest, or an empty one where there is none. Raises ManifestDamaged."""
        try:
            data = (folder / MANIFEST).read_bytes()
        except FileNotFoundError:
            return cls()
        try:
            envelope = json.loads(data)
            content = envelope["content"]
            if envelope["version"] != _VERSION or zlib.crc32(content.encode()) != envelope["checksum"]:
                raise ValueError("version or checksum")
            return _manifest(json.loads(content))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ManifestDamaged(
                f"{folder / MANIFEST} is damaged ({error}): start the store writer (`caretaker store`), "
                "which rebuilds it from the files beside it"
            ) from error


def _manifest(content: dict[str, Any]) -> Manifest:
    return Manifest(
        journal=Position(**content["journal"]),
        next_number=content["next_number"],
        latest=content["latest"],
        days={name: _day(day) for name, day in content["days"].items()},
        damaged=[SetAside(**entry) for entry in content["damaged"]],
    )


def _day(content: dict[str, Any]) -> Day:
    rollup = content["rollup"]
    return Day(
        [Part(**part) for part in content["parts"]],
        Rollup(rollup["name"], tuple(rollup["covers"])) if rollup else None,
        content["trimmed"],
    )
