"""The newest segment's file: where runs of frames are written, and cut back when a commit fails."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from pathlib import Path

from collector.journal.disk import Disk
from collector.journal.position import Position
from collector.journal.segment import SegmentHeader, segment_numbers, segment_path


@dataclass(slots=True)
class Run:
    """Frames of one segment, one after the other from `start`; header: of a segment to be created."""

    start: Position
    header: SegmentHeader | None = None
    frames: list[bytes | bytearray] = field(default_factory=list)
    size: int = 0

    @property
    def end(self) -> Position:
        """Behind the last frame."""
        return Position(self.start.segment, self.start.offset + self.size)

    def add(self, frame: bytes | bytearray) -> None:
        """Put one more frame behind the others."""
        self.frames.append(frame)
        self.size += len(frame)


class Tail:
    """Writes runs; `end` with offset 0 means that its segment does not exist yet."""

    def __init__(self, folder: Path, disk: Disk, end: Position) -> None:
        self._folder = folder
        self._disk = disk
        self._fd = disk.open(segment_path(folder, end.segment)) if end.offset else None

    def write(self, run: Run) -> None:
        """Write the run; what was in the segment before is synced before a new one is created."""
        if run.header is not None:
            self._create(run.header)
        self._disk.write(self._opened(), run.frames, run.start.offset)

    def sync(self) -> None:
        """Return once all that was written is on the disk."""
        self._disk.sync(self._opened())

    def _opened(self) -> int:
        if self._fd is None:
            raise OSError(errno.EBADF, "the journal's segment could not be opened again")
        return self._fd

    def cut_back(self, end: Position) -> None:
        """Remove everything behind `end`, segments created since included."""
        self.close()
        kept = end.segment if end.offset else end.segment - 1
        for number in segment_numbers(self._folder):
            if number > kept:
                segment_path(self._folder, number).unlink()
        if end.offset:
            self._fd = self._disk.open(segment_path(self._folder, end.segment))
            self._disk.truncate(self._fd, end.offset)

    def close(self) -> None:
        """Close the file."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _create(self, header: SegmentHeader) -> None:
        if self._fd is not None:
            self.sync()  # so that only the newest segment can ever have a torn tail
            self.close()
        path = segment_path(self._folder, header.number)
        self._fd = self._disk.open_new(path)
        self._disk.write(self._fd, [header.encode()], 0)
        self._disk.sync(self._fd)
        self._disk.sync_folder(self._folder)
