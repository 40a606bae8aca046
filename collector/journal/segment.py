"""The files of the journal: `segment-NNNNNNNNNN.log`, each a 64-byte header and then frames."""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from collector.journal.position import Counted

HEADER_BYTES = 64
_MAGIC = b"CTJRNL01"
_HEADER = struct.Struct("<8sIIqQQ")
_CHECKED_FROM = 12
_NAME = re.compile(r"segment-(\d{10})\.log")


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """number; created_at (UTC ns); before: how much the journal held before this segment."""

    number: int
    created_at: int
    before: Counted

    def encode(self) -> bytes:
        """The header as it stands on disk, with its checksum."""
        rest = _HEADER.pack(
            _MAGIC, 0, self.number, self.created_at, self.before.entries, self.before.readings
        ).ljust(HEADER_BYTES, b"\0")[_CHECKED_FROM:]
        return _MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest

    @classmethod
    def decode(cls, data: bytes) -> SegmentHeader | None:
        """The header, or None when it is short or damaged."""
        if len(data) < HEADER_BYTES:
            return None
        magic, checksum, number, created_at, entries, readings = _HEADER.unpack_from(data)
        if magic != _MAGIC or zlib.crc32(data[_CHECKED_FROM:HEADER_BYTES]) != checksum:
            return None
        return cls(number, created_at, Counted(entries, readings))

    @classmethod
    def read(cls, path: Path) -> SegmentHeader | None:
        """The header of a segment file, or None when it is gone, short or damaged."""
        try:
            with path.open("rb") as file:
                return cls.decode(file.read(HEADER_BYTES))
        except FileNotFoundError:
            return None


def segment_path(folder: Path, number: int) -> Path:
    """Where the segment of this number lies."""
    return folder / f"segment-{number:010d}.log"


def counted_before(folder: Path, number: int) -> Counted | None:
    """What lies before the segment; None when its header cannot be read."""
    header = SegmentHeader.read(segment_path(folder, number))
    return header.before if header else None


def segment_numbers(folder: Path) -> list[int]:
    """Numbers of the segments that exist, oldest first; empty when there is no journal yet."""
    try:
        names = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    return sorted(int(match[1]) for match in map(_NAME.fullmatch, names) if match)


def segment_sizes(folder: Path) -> dict[int, int]:
    """Bytes of each segment by number, oldest first; one that is pruned meanwhile is left out."""
    sizes = {}
    for number in segment_numbers(folder):
        try:
            sizes[number] = segment_path(folder, number).stat().st_size
        except FileNotFoundError:
            continue
    return sizes
