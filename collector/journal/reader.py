"""A reader of the journal, in any process: it sees committed entries only, in order."""

from __future__ import annotations

import os
from pathlib import Path

from collector.journal.checkpoints import CheckpointState, read_checkpoint, write_checkpoint
from collector.journal.committed import Committed
from collector.journal.disk import Disk
from collector.journal.entry import READING_BYTES, Entry
from collector.journal.lag import Lag, lag_of
from collector.journal.position import START, Counted, Position
from collector.journal.scan import CHUNK_BYTES, Damage, DamageReason, named, read_on
from collector.journal.segment import HEADER_BYTES, counted_before, segment_numbers, segment_path

MOST_READINGS = 1_000_000


class JournalReader:
    """Reads entries from its place on.

    name: registered under it, so that segments are kept until `checkpoint` has passed them; None: a look-on
    that pruning does not wait for. start: where to begin; None: at the checkpoint, else at the oldest entry.
    Damage never stops it: it is skipped, and `take_damage` names it.
    """

    def __init__(self, folder: Path, name: str | None, start: Position | None = None) -> None:
        self.folder = folder
        self.name = name
        self.position = START if start is None else start
        self._committed: Committed | None = None
        self._segment = _OpenSegment(folder)
        self._last: Counted | None = None
        self._damage: list[Damage] = []
        if name is not None:
            self._register(name, start)

    def _register(self, name: str, start: Position | None) -> None:
        known = read_checkpoint(self.folder, name)
        if start is None:
            self.position = known.position
        if known.state is not CheckpointState.KNOWN or known.position != self.position:
            write_checkpoint(self.folder, name, self.position, Disk())

    def read(self, max_readings: int = MOST_READINGS) -> list[Entry]:
        """Entries committed since the last call, oldest first; empty when there is nothing new.

        Stops after the entry that reaches `max_readings` (blobs count by their size). When nothing new was
        committed this costs no system call.
        """
        end = self._end()
        entries: list[Entry] = []
        budget = max_readings * READING_BYTES
        while budget > 0 and self.position < end:
            before = self.position
            found = self._step(end, min(budget, CHUNK_BYTES))
            entries += found
            budget -= sum(len(e.readings) * READING_BYTES + len(e.quarantine) + len(e.ledger) for e in found)
            if self.position == before:
                break
        if self.position > end:
            self._check_ahead(end)
        return entries

    def seek(self, position: Position) -> None:
        """Read on from `position`, for example again after what was read could not be stored."""
        self.position, self._last = position, None

    def _end(self) -> Position:
        if self._committed is None:
            self._committed = Committed.open(self.folder)
        return self._committed.position() if self._committed else self.position

    def _step(self, end: Position, budget: int) -> list[Entry]:
        """Entries of the segment the reader stands in; moves to the next one at its end."""
        size = self._segment.open(self.position.segment)
        if size is None:
            self._to_next_segment(end, None if self.position == START else DamageReason.SEGMENT_MISSING)
            return []
        limit = min(size, end.offset) if self.position.segment == end.segment else size
        place = Position(self.position.segment, max(self.position.offset, HEADER_BYTES))
        if place.offset < limit:
            walk = read_on(self._segment.fd, place, limit, budget=budget, last=self._last)
            self._damage += walk.damage
            if walk.entries:
                self._last = walk.entries[-1].counted
            if walk.offset > place.offset:
                self.position = Position(place.segment, walk.offset)
                return walk.entries
        if place.segment < end.segment:
            self._to_next_segment(end, _tail_damage(place.offset, limit))
        elif place.offset < limit == end.offset:  # a shorter file: the writer will seal it, then it is named
            counted = self._committed.counted_at(end) if self._committed else None
            self._skip_to(end, DamageReason.CHECKSUM, counted)
        return []

    def _to_next_segment(self, end: Position, damage: DamageReason | None) -> None:
        """Go on in the next segment; say so when data before it is gone or cannot be read."""
        later = [n for n in segment_numbers(self.folder) if self.position.segment < n <= end.segment]
        if not later:
            return
        to = Position(later[0], HEADER_BYTES)
        resumed = counted_before(self.folder, to.segment)
        if damage is None and None not in (self._last, resumed) and self._last != resumed:
            adjoins = to.segment == self.position.segment + 1
            damage = DamageReason.CUT_SHORT if adjoins else DamageReason.SEGMENT_MISSING
        if damage is not None:
            self._skip_to(to, damage, resumed)
        self.position, self._last = to, resumed

    def _skip_to(self, to: Position, reason: DamageReason, resumed: Counted | None) -> None:
        self._damage.append(named(self.position, to, reason, self._last, resumed))
        self.position, self._last = to, resumed

    def _check_ahead(self, end: Position) -> None:
        """Begin again when the journal is not the one this place belongs to (restored, or started afresh).

        A place whose bytes exist is only waiting for the writer to publish again after a power cut.
        """
        size = self._segment.open(self.position.segment)
        if end == START or (size is not None and size >= self.position.offset):
            return
        self._skip_to(START, DamageReason.READER_AHEAD, None)

    def take_damage(self) -> list[Damage]:
        """What was skipped since the last call."""
        damage, self._damage = self._damage, []
        return damage

    def lag(self, now_ns: int) -> Lag:
        """How far `position` lies behind the end of the journal."""
        self._end()
        return lag_of(self.folder, self.position, self._committed, now_ns)

    def checkpoint(self, position: Position) -> None:
        """Say durably that nothing before `position` is needed any more.

        Raises ValueError for a reader without a name.
        """
        if self.name is None:
            raise ValueError("a reader without a name has no checkpoint")
        write_checkpoint(self.folder, self.name, position, Disk())

    def close(self) -> None:
        """Let go of files; the registration stays."""
        self._segment.close()
        if self._committed is not None:
            self._committed.close()
            self._committed = None


def _tail_damage(offset: int, limit: int) -> DamageReason | None:
    """What is wrong when a reader that has read a finished segment stands elsewhere than at its end."""
    if offset == limit:
        return None
    return DamageReason.CHECKSUM if offset < limit else DamageReason.CUT_SHORT


class _OpenSegment:
    """Keeps the file of the segment being read open; it stays readable even when it is pruned meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self.fd = -1

    def open(self, number: int) -> int | None:
        """Size of the segment's file now, or None when there is none."""
        if number != self._number or self.fd < 0:
            self.close()
            try:
                self.fd = os.open(segment_path(self._folder, number), os.O_RDONLY)
            except FileNotFoundError:
                return None
            self._number = number
        return os.fstat(self.fd).st_size

    def close(self) -> None:
        """Close the file."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
