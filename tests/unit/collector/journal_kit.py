"""What the journal's tests share: batches with a number in them, and disks that fail on purpose."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from collector.journal import Entry, JournalReader, JournalWriter, Limits
from collector.journal.disk import Disk
from collector.reading import Quality, ReadingBatch
from config.clock import ManualClock

T0 = 1_760_000_000_000_000_000
SEGMENT = 4096
LIMITS = Limits(max_bytes=1 << 20, min_free_bytes=0)


def batch(number: int, size: int = 3) -> ReadingBatch:
    """A batch that can be told from every other by its number."""
    rows = np.arange(size)
    return ReadingBatch.of(rows + number, T0 + rows, rows + number / 8, received_at=T0 + number)


def number_of(entry: Entry) -> int:
    """The number that `batch` was given; checks that every column came back."""
    number = entry.readings.received_at - T0
    wanted = batch(number, len(entry.readings))
    np.testing.assert_array_equal(entry.readings.point, wanted.point)
    np.testing.assert_array_equal(entry.readings.time, wanted.time)
    np.testing.assert_array_equal(entry.readings.value, wanted.value)
    assert set(entry.readings.quality) <= {Quality.GOOD}
    return number


def writer(folder: Path, disk: Disk | None = None, **options: object) -> JournalWriter:
    """A writer with small segments."""
    settings = {"segment_bytes": SEGMENT, "limits": LIMITS, "clock": ManualClock(T0), **options}
    return JournalWriter(folder, disk=disk, **settings)  # type: ignore[arg-type]


def commit_each(journal: JournalWriter, numbers: Iterable[int], size: int = 3) -> None:
    """One committed entry per number."""
    for number in numbers:
        journal.append(batch(number, size))
        journal.commit()


def write(folder: Path, numbers: Iterable[int], size: int = 3) -> None:
    """Open, commit one entry per number, close."""
    journal = writer(folder)
    commit_each(journal, numbers, size)
    journal.close()


def read_all(folder: Path) -> tuple[list[int], JournalReader]:
    """Every number that a new reader sees, and that reader."""
    reader = JournalReader(folder, None)
    numbers: list[int] = []
    while entries := reader.read():
        numbers += map(number_of, entries)
    reader.close()
    return numbers, reader


class FullDisk(Disk):
    """A disk with `room` bytes: what goes beyond is written up to the last free byte, then refused."""

    def __init__(self, room: int = 1 << 40) -> None:
        self.room = room
        self.sync_error: int | None = None

    def write(self, fd: int, parts: Sequence[bytes | bytearray], offset: int) -> None:
        data = b"".join(parts)
        os.pwrite(fd, data[: self.room], offset)
        if len(data) > self.room:
            self.room = 0
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.room -= len(data)

    def sync(self, fd: int) -> None:
        if self.sync_error is not None:
            raise OSError(self.sync_error, os.strerror(self.sync_error))
        super().sync(fd)

    def free_bytes(self, folder: Path) -> int:
        return 1 << 40
