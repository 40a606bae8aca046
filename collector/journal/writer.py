"""The journal's one writer: append, then commit, then acknowledge."""

from __future__ import annotations

import errno
from contextlib import ExitStack
from pathlib import Path

from collector.journal.bounds import Bound, Limits, measure
from collector.journal.checkpoints import checkpoints
from collector.journal.committed import Publisher
from collector.journal.disk import Disk
from collector.journal.entry import READING_BYTES, encode, frame_bytes
from collector.journal.errors import EntryTooLarge, FullReason, JournalError, JournalFull, JournalLocked
from collector.journal.lock import FolderLock
from collector.journal.position import Counted, Position
from collector.journal.recovery import recover
from collector.journal.segment import HEADER_BYTES, SegmentHeader, segment_path, segment_sizes
from collector.journal.tail import Run, Tail
from collector.reading import ReadingBatch
from config.clock import Clock

SEGMENT_BYTES = 64 << 20
_LARGEST_SEGMENT = (1 << 32) - 1  # offsets are 32 bits
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class JournalWriter:
    """Appends to the journal in `folder` and alone may prune it. Not for use by several threads at once.

    required_readers: readers for which segments are kept even before they register. `recovery` says how the
    journal was found. Raises JournalLocked when another process writes to it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        segment_bytes: int = SEGMENT_BYTES,
        limits: Limits | None = None,
        required_readers: tuple[str, ...] = (),
        disk: Disk | None = None,
    ) -> None:
        self.folder = folder
        self.limits = limits or Limits()
        self._clock = clock
        self._room = segment_bytes
        self._required = required_readers
        self._disk = disk or Disk()
        _check_sizes(segment_bytes, self.limits)
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FolderLock(folder / "lock")
        holder = self._lock.take()
        if holder:
            raise JournalLocked(f"journal {folder} is written by process {holder}: stop that one first")
        with ExitStack() as undo:
            undo.callback(self._lock.release)
            try:
                self._open()
            except OSError as error:
                raise self._explained(error) from error
            undo.pop_all()

    def _open(self) -> None:
        self._published = Publisher.open(self.folder, self._disk)
        self.recovery = recover(self.folder, self._published, self._disk)
        self._sizes = segment_sizes(self.folder)
        self._end, self._counted = self.recovery.next, self.recovery.counted
        self._tail = Tail(self.folder, self._disk, self._end)
        self._forget_pending()

    def _forget_pending(self) -> None:
        self._runs = [Run(self._end)]
        self._pending_bytes = 0
        self._pending_counted = self._counted

    @property
    def position(self) -> Position:
        """The end of what is committed."""
        return self._published.position()

    @property
    def size(self) -> int:
        """Bytes of all segments."""
        return sum(self._sizes.values())

    def append(self, readings: ReadingBatch, ledger: bytes = b"", quarantine: bytes = b"") -> Position:
        """Buffer one entry; it counts only once `commit` returned. Returns its end.

        Commits by itself when a segment's worth is buffered. Raises EntryTooLarge for more than a segment.
        """
        length = frame_bytes(len(readings) * READING_BYTES + len(ledger) + len(quarantine))
        if length > self._room - HEADER_BYTES:
            raise EntryTooLarge(
                f"entry of {length} bytes, a segment has {self._room - HEADER_BYTES}: split the batch"
            )
        if self._pending_bytes + length > self._room:
            self.commit()
        counted = self._pending_counted
        run = self._run_for(length, counted)
        frame = encode(
            run.end, readings, ledger, quarantine, sequence=counted.entries,
            readings_before=counted.readings, written_at=self._clock.now_ns(),
        )  # fmt: skip
        run.add(frame)
        self._pending_bytes += length
        self._pending_counted = Counted(counted.entries + 1, counted.readings + len(readings))
        return run.end

    def _run_for(self, length: int, counted: Counted) -> Run:
        """The run that the next frame joins: of the segment in use, or of a new one."""
        end = self._runs[-1].end
        if end.offset and end.offset + length <= self._room:
            return self._runs[-1]
        number = end.segment + 1 if end.offset else end.segment
        header = SegmentHeader(number, self._clock.now_ns(), counted)
        self._runs.append(Run(Position(number, HEADER_BYTES), header))
        return self._runs[-1]

    def commit(self) -> Position:
        """Make everything appended since the last commit durable, then visible to readers. Returns its end.

        Raises JournalFull, or JournalError when the disk fails in another way. Then nothing that was appended
        since the last commit is in the journal: append it again later.
        """
        if not self._pending_bytes:
            return self.position
        try:
            self._check_room()
            self._write()
        except OSError as error:
            self._tail.cut_back(self._end)
            raise self._explained(error) from error
        except BaseException:  # an interrupt too must leave nothing half-written
            self._tail.cut_back(self._end)
            raise
        finally:
            self._forget_pending()
        return self._end

    def _write(self) -> None:
        runs = [run for run in self._runs if run.frames]
        for run in runs:
            self._tail.write(run)
        self._tail.sync()
        self._sizes.update((run.end.segment, run.end.offset) for run in runs)
        self._end, self._counted = runs[-1].end, self._pending_counted
        # Readers trust this alone, so it comes last: what they see can never be taken back.
        self._published.publish(self._end, self._counted)

    def _check_room(self) -> None:
        full = self._no_room()
        if full and self.prune():
            full = self._no_room()
        if full:
            raise full

    def _no_room(self) -> JournalFull | None:
        if self.size + self._pending_bytes > self.limits.max_bytes:
            detail = f"{self.size} bytes unread, the bound is {self.limits.max_bytes}"
            return JournalFull(FullReason.SIZE_BOUND, self.folder, detail)
        free = self._disk.free_bytes(self.folder)
        if free < self.limits.min_free_bytes + self._pending_bytes:
            detail = f"{free} bytes free, the floor is {self.limits.min_free_bytes}"
            return JournalFull(FullReason.FREE_SPACE_FLOOR, self.folder, detail)
        return None

    def _explained(self, error: OSError) -> JournalError:
        if error.errno in _NO_ROOM:
            return JournalFull(FullReason.DISK_FULL, self.folder, str(error))
        return JournalError(
            f"journal {self.folder}: {error}; nothing was written. Check the disk (dmesg, smartctl)."
        )

    def prune(self) -> list[int]:
        """Remove the oldest segments that every registered reader has read; returns their numbers.

        Nothing goes while no reader is registered, or while one's checkpoint is missing or damaged.
        """
        readers = checkpoints(self.folder, self._required)
        if not readers:  # at a first start they have not registered yet
            return []
        done = min(reader.position for reader in readers)
        removed = []
        for number, size in sorted(self._sizes.items()):
            if number >= self._end.segment or done < Position(number, size):
                break
            for path in self.folder.glob(f"{segment_path(self.folder, number).name}*"):
                path.unlink()
            del self._sizes[number]
            removed.append(number)
        if removed:
            self._disk.sync_folder(self.folder)
        return removed

    def bounds(self) -> list[Bound]:
        """Every bound of this journal now, for alarms that come before it."""
        return measure(self.folder, self.limits, self._clock.now_ns(), self._required, self._disk)

    def close(self) -> None:
        """Let go of files and lock; what was appended but not committed is dropped."""
        self._tail.close()
        self._published.close()
        self._lock.release()


def _check_sizes(segment_bytes: int, limits: Limits) -> None:
    if not 4096 <= segment_bytes <= _LARGEST_SEGMENT:
        raise ValueError(f"segment_bytes={segment_bytes}: between 4096 and {_LARGEST_SEGMENT}")
    if limits.max_bytes < 2 * segment_bytes:
        raise ValueError(f"max_bytes={limits.max_bytes}: at least two segments of {segment_bytes}")
