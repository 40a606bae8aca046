"""The published place up to which entries are on disk: shared memory, read without a system call.

The file holds four 8-byte words: position (segment << 32 | offset), entries and readings before it, and the
position again, written first. Each is stored by one aligned 8-byte write: a reader sees the old or the new
position, never a mixture; the counts belong to the position when both of its words are equal.
After a power cut it may be older than the data; it is never newer.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from collector.journal.disk import Disk
from collector.journal.position import START, Counted, Position

_NAME = "committed"
_BYTES = 32
_LOW = 0xFFFFFFFF


class _Mapped:
    def __init__(self, fd: int, access: int) -> None:
        self._map = mmap.mmap(fd, _BYTES, access=access)
        self._words = memoryview(self._map).cast("Q")

    def position(self) -> Position:
        """Everything before it may be read."""
        word = self._words[0]
        return Position(word >> 32, word & _LOW)

    def counted(self) -> Counted:
        """Entries and readings committed so far (a moment older or newer than `position`)."""
        return Counted(self._words[1], self._words[2])

    def counted_at(self, position: Position) -> Counted | None:
        """What lies before `position`, if it is the committed one."""
        counted = self.counted()
        return counted if self._words[3] == self._words[0] == _word(position) else None

    def close(self) -> None:
        """Release the mapping."""
        self._words.release()
        self._map.close()


def _word(position: Position) -> int:
    return position.segment << 32 | position.offset


class Committed(_Mapped):
    """The reading side."""

    @classmethod
    def open(cls, folder: Path) -> Committed | None:
        """None while there is no journal."""
        try:
            fd = os.open(folder / _NAME, os.O_RDONLY)
        except FileNotFoundError:  # a reader may come before the writer has ever run
            return None
        try:
            return cls(fd, mmap.ACCESS_READ) if os.fstat(fd).st_size >= _BYTES else None
        finally:
            os.close(fd)


class Publisher(_Mapped):
    """The writing side; the caller holds the journal's lock."""

    @classmethod
    def open(cls, folder: Path, disk: Disk) -> Publisher:
        """Create the file when it is missing or short."""
        path = folder / _NAME
        if not path.exists() or path.stat().st_size < _BYTES:
            disk.replace(path, bytes(_BYTES))
        fd = os.open(path, os.O_RDWR)
        try:
            return cls(fd, mmap.ACCESS_WRITE)
        finally:
            os.close(fd)

    def publish(self, position: Position, counted: Counted) -> None:
        """Let readers read up to `position`; only after everything before it was synced."""
        self._words[3] = _word(position)
        self._words[1] = counted.entries
        self._words[2] = counted.readings
        self._words[0] = _word(position)


def committed_position(folder: Path) -> Position:
    """Where the journal ends now; START while there is none."""
    committed = Committed.open(folder)
    if committed is None:
        return START
    try:
        return committed.position()
    finally:
        committed.close()
