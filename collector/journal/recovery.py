"""Bring the end of a journal into order after a crash, before anything is appended.

Whole entries that were written but never committed are kept: they may have been acknowledged by a writer
whose published position was lost with the power. What follows the last whole entry was never committed; it is
cut off and kept aside as evidence. Acknowledged bytes are never cut: a segment that lacks some is sealed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from collector.journal.committed import Publisher
from collector.journal.disk import Disk
from collector.journal.position import Counted, Position
from collector.journal.scan import Damage, DamageReason, walk_segment
from collector.journal.segment import HEADER_BYTES, SegmentHeader, segment_numbers, segment_path


@dataclass(frozen=True, slots=True)
class Torn:
    """What a crash left unfinished, cut at `position`; `evidence`: None when the disk had no room for it."""

    position: Position
    size: int
    evidence: Path | None


@dataclass(frozen=True, slots=True)
class Recovery:
    """How the journal was found.

    next: where writing goes on; offset 0 means in a segment that is still to be created. counted: what lies
    before it. torn, damage: what was cut off, what acknowledged data is lost.
    """

    next: Position
    counted: Counted
    torn: tuple[Torn, ...] = ()
    damage: tuple[Damage, ...] = ()


def recover(folder: Path, published: Publisher, disk: Disk) -> Recovery:
    """Put the last segment in order and publish its end; `folder` is locked by the caller."""
    numbers = segment_numbers(folder)
    fresh = Position(max([published.position().segment, *numbers]) + 1, 0)
    torn: list[Torn] = []
    while numbers:
        with _Segment(segment_path(folder, numbers.pop()), disk, published) as segment:
            if segment.is_empty:
                torn.append(segment.move_aside())
                continue
            return _settle(segment, published, fresh, torn)
    return Recovery(fresh, published.counted(), tuple(torn))


def _settle(segment: _Segment, published: Publisher, fresh: Position, torn: list[Torn]) -> Recovery:
    assert segment.counted is not None
    committed = published.position()
    if committed > segment.end:  # appending here would write over acknowledged places
        lost = Damage(segment.end, committed, DamageReason.CUT_SHORT)
        newest = max(segment.counted, published.counted(), key=lambda counted: counted.entries)
        return Recovery(fresh, newest, tuple(torn), (*segment.damage, lost))
    torn += segment.cut_tail()
    published.publish(segment.end, segment.counted)
    return Recovery(segment.end, segment.counted, tuple(torn), tuple(segment.damage))


class _Segment:
    """The last segment as a crash left it, read from the committed position where that can be trusted."""

    def __init__(self, path: Path, disk: Disk, published: Publisher) -> None:
        self._path = path
        self._disk = disk
        self._fd = disk.open(path)
        self._size = os.fstat(self._fd).st_size
        self.damage: list[Damage] = []
        number = int(path.stem.removeprefix("segment-"))
        self.end = Position(number, HEADER_BYTES)
        header = SegmentHeader.decode(os.pread(self._fd, HEADER_BYTES, 0))
        self.counted = header.before if header else None
        committed = published.position()
        counted = published.counted_at(committed)
        if counted and committed.segment == number and HEADER_BYTES <= committed.offset <= self._size:
            self.end, self.counted = committed, counted
        self._follow()

    def _follow(self) -> None:
        for walk in walk_segment(self._fd, self.end, self._size, self.counted):
            self.damage += walk.damage
            if walk.entries:
                self.counted = walk.entries[-1].counted
            self.end = Position(self.end.segment, walk.offset)

    @property
    def is_empty(self) -> bool:
        """Neither a whole header nor a whole entry: its creation was interrupted."""
        return self.counted is None

    def cut_tail(self) -> list[Torn]:
        """Cut what follows the last whole entry, and make sure that the rest is on the disk."""
        torn = []
        if self.end.offset < self._size:
            cut = os.pread(self._fd, self._size - self.end.offset, self.end.offset)
            torn.append(Torn(self.end, len(cut), self._keep(cut)))
            self._disk.truncate(self._fd, self.end.offset)
        self._disk.sync(self._fd)
        return torn

    def move_aside(self) -> Torn:
        """Rename the file, so that it is no segment any more."""
        evidence = self._evidence(0)
        self._path.replace(evidence)
        self._disk.sync_folder(self._path.parent)
        return Torn(Position(self.end.segment, 0), self._size, evidence)

    def _keep(self, data: bytes) -> Path | None:
        try:
            self._disk.replace(self._evidence(self.end.offset), data)
        except OSError:  # a full disk must not keep the journal from opening
            return None
        return self._evidence(self.end.offset)

    def _evidence(self, offset: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{offset}.torn")

    def __enter__(self) -> _Segment:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
