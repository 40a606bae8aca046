"""One entry of the journal and its frame on disk.

A frame is a 64-byte header, the columns (time int64, value float64, point int32, quality uint8, source uint8;
little-endian), the ledger blob, the quarantine blob, and zeros up to a multiple of 8. Its checksum covers all
that follows the checksum. The header repeats the frame's own place, so that bytes which landed elsewhere are
never taken for an entry, and counts entries and readings so that a gap can say how much it swallowed.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from collector.journal.position import Counted, Position
from collector.reading import ReadingBatch

MAGIC = b"\xa7CtJ"
READING_BYTES = 22
_HEADER = struct.Struct("<4sIIIIIIIQQqq")
HEADER_BYTES = _HEADER.size
_CHECKED_FROM = 8  # magic and checksum themselves are not under the checksum
_CHECKSUM = struct.Struct("<I")
_COLUMNS = (("time", "<i8"), ("value", "<f8"), ("point", "<i4"), ("quality", "u1"), ("source", "u1"))


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What was committed together.

    position: the end of the entry, the place to read on from. readings: read-only columns.
    ledger, quarantine: opaque, may be empty. sequence: number of the entry since the journal began.
    readings_before: readings in all entries before it. written_at: UTC ns at which it was appended.
    """

    position: Position
    readings: ReadingBatch
    ledger: bytes
    quarantine: bytes
    sequence: int
    readings_before: int
    written_at: int

    @property
    def counted(self) -> Counted:
        """What lies before the end of this entry."""
        return Counted(self.sequence + 1, self.readings_before + len(self.readings))


class Header(NamedTuple):
    """The fields of a frame's header, in their order on disk."""

    magic: bytes
    checksum: int
    segment: int
    offset: int
    length: int
    readings: int
    ledger: int
    quarantine: int
    sequence: int
    readings_before: int
    written_at: int
    received_at: int

    def is_at(self, segment: int, offset: int) -> bool:
        """Whether this can be the header of a frame in that place; the checksum says whether it is."""
        body = self.readings * READING_BYTES + self.ledger + self.quarantine
        return (
            self.magic == MAGIC
            and (self.segment, self.offset) == (segment, offset)
            and self.length == frame_bytes(body)
        )


def frame_bytes(body: int) -> int:
    """Bytes of the frame around a body of so many bytes."""
    return HEADER_BYTES + (body + 7) // 8 * 8


def encode(
    place: Position,
    readings: ReadingBatch,
    ledger: bytes,
    quarantine: bytes,
    *,
    sequence: int,
    readings_before: int,
    written_at: int,
) -> bytearray:
    """The frame of an entry that begins at `place`."""
    n = len(readings)
    body = n * READING_BYTES + len(ledger) + len(quarantine)
    frame = bytearray(frame_bytes(body))
    header = Header(
        MAGIC, 0, place.segment, place.offset, len(frame), n, len(ledger), len(quarantine),
        sequence, readings_before, written_at, readings.received_at,
    )  # fmt: skip
    _HEADER.pack_into(frame, 0, *header)
    at = HEADER_BYTES
    for name, kind in _COLUMNS:
        column = np.frombuffer(frame, kind, n, at)
        column[:] = getattr(readings, name)
        at += column.nbytes
    frame[at : at + len(ledger)] = ledger
    at += len(ledger)
    frame[at : at + len(quarantine)] = quarantine
    _CHECKSUM.pack_into(frame, 4, zlib.crc32(memoryview(frame)[_CHECKED_FROM:]))
    return frame


def header_at(buffer: bytes, at: int) -> Header | None:
    """The 64 bytes at `at` read as a header, unchecked; None when the buffer ends before."""
    if at + HEADER_BYTES > len(buffer):
        return None
    return Header._make(_HEADER.unpack_from(buffer, at))


def is_whole(buffer: bytes, at: int, header: Header) -> bool:
    """Whether the frame lies wholly in the buffer and its checksum holds."""
    end = at + header.length
    if end > len(buffer):
        return False
    return zlib.crc32(memoryview(buffer)[at + _CHECKED_FROM : end]) == header.checksum


def decode(buffer: bytes, at: int, header: Header) -> Entry:
    """The entry of a whole frame; its columns are views into the buffer."""
    n = header.readings
    columns = {}
    at += HEADER_BYTES
    for name, kind in _COLUMNS:
        columns[name] = np.frombuffer(buffer, kind, n, at)
        at += columns[name].nbytes
    ledger_end = at + header.ledger
    return Entry(
        position=Position(header.segment, header.offset + header.length),
        readings=ReadingBatch(received_at=header.received_at, **columns),
        ledger=bytes(buffer[at:ledger_end]),
        quarantine=bytes(buffer[ledger_end : ledger_end + header.quarantine]),
        sequence=header.sequence,
        readings_before=header.readings_before,
        written_at=header.written_at,
    )
