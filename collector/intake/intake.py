"""What comes in is decoded, checked, counted, and on disk in the journal before anybody is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from collector.directory import Directory
from collector.intake import blob, delta
from collector.intake.accounting import DUPLICATE, QUARANTINED, STORED, Source, Verdicts, account, refusals
from collector.intake.asking import Stored
from collector.intake.checks import Checks
from collector.intake.columns import rows_of, source_of
from collector.intake.delta import Count, Delta, Replayed
from collector.intake.dispatch import Dispatch
from collector.intake.duplicates import CONFLICT, NEW, Duplicates
from collector.intake.sequences import Sequences
from collector.journal import EntryTooLarge
from collector.reading import Int64s, ReadingBatch, UInt8s
from collector.reading import Source as ReadingSource
from collector.rejected import CODES, Rejected
from collector.wire.base import Decoded, Messages, WireFormat
from config.clock import Clock
from config.plant import Plant

PORTION_BYTES = 2 << 20
PORTION_MESSAGES = 10_000
PORTION_READINGS = 200_000
_SHORT = 1024
_REASONS_TOLD = 20
_CONFLICT = CODES[Rejected.CONFLICT]


class Journal(Protocol):
    """What intake needs of the journal's writer."""

    def append(self, readings: ReadingBatch, ledger: bytes = b"", quarantine: bytes = b"") -> object: ...

    def commit(self) -> object: ...


@dataclass(slots=True)
class _Settled:
    """A batch with every row's fate decided, ready to be written."""

    readings: ReadingBatch
    delta: Delta
    refused: list[blob.Refused]


class Intake:
    """Takes messages and columns of one plant into a journal. One thread.

    Each `take_…` is one journal entry, committed when it returns; then it may be acknowledged. When it raises
    JournalError nothing of it was taken, and the same may be offered again.
    """

    def __init__(
        self,
        plant: Plant,
        journal: Journal,
        clock: Clock,
        *,
        formats: Callable[[Directory], list[WireFormat]] | None = None,
        store: Callable[[], Stored] | None = None,
        tail: ReadingBatch | None = None,
        last: Mapping[str, tuple[str, int]] | None = None,
        observe: Callable[[ReadingBatch], None] | None = None,
    ) -> None:
        """store, tail: what was stored before (see `Duplicates.start_from`).

        last: boot and sequence number per device as committed. observe: is shown the stored readings.
        """
        self.directory = Directory(plant)
        self._journal = journal
        self._clock = clock
        self._observe = observe
        self._dispatch = Dispatch(self.directory, formats)
        self._checks = Checks(self.directory)
        self._duplicates = Duplicates(len(self.directory.boolean), store)
        numbers = np.fromiter(plant.by_number, np.int32)
        self._duplicates.start_from(tail or ReadingBatch.empty(), numbers)
        devices = self.directory.devices
        self._sequences = Sequences({devices.stranger(name): mark for name, mark in (last or {}).items()})

    @property
    def subscriptions(self) -> list[str]:
        """Topic filters of all payload formats."""
        return self._dispatch.subscriptions

    def now_ns(self) -> int:
        """UTC ns on intake's clock."""
        return self._clock.now_ns()

    @property
    def unchecked(self) -> int:
        """Late readings taken as new because the store could not be asked."""
        return self._duplicates.unchecked

    def take_messages(self, messages: Messages) -> Count:
        """Take one portion (see `portions`) of messages, whatever they hold. Returns the readings counted."""
        at = self._clock.now_ns()
        try:
            return self._take(self._dispatch.decode(messages, at), messages, at)
        except EntryTooLarge:
            return self._take_smaller(messages, at)

    def _take(self, rows: Decoded, messages: Messages, at: int, kept: int = blob.RAW_LIMIT) -> Count:
        settled = self._settle(rows, at, lambda m: (_text(messages.topics[m]), messages.payloads[m]))
        settled.refused = [replace(r, raw=r.raw[:kept]) for r in settled.refused]
        self._write(settled)
        return settled.delta.total()

    def _take_smaller(self, messages: Messages, at: int) -> Count:
        """One by one; what even alone is more than a segment holds is refused, not offered for ever."""
        if len(messages) > 1:
            total = Count()
            for place in range(len(messages)):
                total.add(self.take_messages(messages.slice(place, place + 1)))
            return total
        rows = self._dispatch.decode(messages, at)
        return self._take(_too_many(rows), messages, at, kept=_SHORT)

    def take_columns(self, batch: ReadingBatch, request: str | None = None) -> Count:
        """Take readings that come as columns: history, values typed by a person; judged like any other.

        request: the intake request they came by; what becomes of it commits with them.
        """
        total = Count()
        for start in range(0, max(1, len(batch)), PORTION_READINGS):
            total.add(self._take_part(batch.take(slice(start, start + PORTION_READINGS)), request))
        return total

    def _take_part(self, part: ReadingBatch, request: str | None) -> Count:
        rows = rows_of(part, self.directory)
        settled = self._settle(rows, part.received_at, source_of(part, self.directory), part)
        if request is not None:
            settled.delta.requests[request] = _outcome_of(settled)
        try:
            self._write(settled)
        except EntryTooLarge:
            if len(part) == 1:
                raise
            half = len(part) // 2
            total = self._take_part(part.take(slice(0, half)), request)
            total.add(self._take_part(part.take(slice(half, None)), request))
            return total
        return settled.delta.total()

    def replay(self, refused: blob.Refused, quarantine: int, request: str) -> Replayed:
        """Take a quarantined message again, as the configuration is now.

        What of it was stored already is not counted again; what is still refused stays where it is.
        """
        messages = Messages([refused.topic.encode()], [refused.raw])
        at = self._clock.now_ns()
        rows = self._dispatch.decode(messages, at)
        settled = self._settle(rows, at, lambda _: (refused.topic, refused.raw), first_seen=refused.at)
        result = Replayed(quarantine, min(refused.count, settled.delta.total().quarantined))
        settled.delta = _replay_delta(settled.delta, refused, result, request)
        settled.refused = []
        self._write(settled)
        return result

    def decline(self, request: str, reason: str) -> None:
        """Commit that an intake request brought nothing, and why."""
        outcome = {"stored": 0, "left": 0, "reason": reason}
        self._write(
            _Settled(ReadingBatch.empty(), Delta(self._clock.now_ns(), requests={request: outcome}), [])
        )

    def _settle(
        self,
        rows: Decoded,
        at: int,
        source: Source,
        given: ReadingBatch | None = None,
        first_seen: int | None = None,
    ) -> _Settled:
        judged = self._checks.judge(rows, at, first_seen)
        rejected, quality = judged.rejected, judged.quality
        sources = np.full(len(rows), ReadingSource.SENSOR, dtype=np.uint8)
        if given is not None:
            quality, sources = np.maximum(quality, given.quality), given.source
        fit = np.flatnonzero(rejected == 0)
        verdict = self._duplicates.judge(rows.point[fit], rows.time[fit], rows.value[fit])
        new = fit[verdict == NEW]
        if len(new) < len(fit):
            rejected[fit[verdict == CONFLICT]] = _CONFLICT
        outcome = _outcome(len(rows), new, rejected)
        readings = ReadingBatch(
            rows.point[new], rows.time[new], rows.value[new], quality[new], sources[new], at
        )
        followed = self._sequences.follow(rows.marks)
        verdicts = Verdicts(rows, rejected, outcome, self.directory.devices, at)
        return _Settled(readings, account(verdicts, followed), refusals(verdicts, source))

    def _write(self, settled: _Settled) -> None:
        """On disk first; only then is it remembered, so that a failed commit leaves no trace here."""
        readings = settled.readings
        self._journal.append(readings, delta.encode(settled.delta), blob.encode(settled.refused))
        self._journal.commit()
        self._duplicates.remember(readings.point, readings.time, readings.value)
        self._sequences.accept()
        if self._observe is not None and len(readings):
            self._observe(readings)


def portions(messages: Messages) -> Iterator[Messages]:
    """Cut messages into pieces that one journal entry can hold, however large each is."""
    if len(messages) <= PORTION_MESSAGES and sum(map(len, messages.payloads)) <= PORTION_BYTES:
        yield from [messages] if len(messages) else []
        return
    start = size = 0
    for place, payload in enumerate(messages.payloads):
        if place > start and (size + len(payload) > PORTION_BYTES or place - start >= PORTION_MESSAGES):
            yield messages.slice(start, place)
            start, size = place, 0
        size += len(payload)
    if start < len(messages):
        yield messages.slice(start, len(messages))


def _too_many(rows: Decoded) -> Decoded:
    """The message as one refused row."""
    return Decoded.refused([0], rows.device[:1].tolist(), [CODES[Rejected.TOO_MANY_READINGS]])


def _outcome(rows: int, new: Int64s, rejected: UInt8s) -> UInt8s:
    outcome = np.full(rows, DUPLICATE, dtype=np.uint8)
    outcome[new] = STORED
    outcome[rejected != 0] = QUARANTINED
    return outcome


def _replay_delta(taken: Delta, refused: blob.Refused, result: Replayed, request: str) -> Delta:
    """What was counted as quarantined becomes what it is now; the rest of the message was counted before."""
    moved = refused.count - result.left
    replay = Delta(taken.at, replayed=[result])
    replay.count(refused.device).add(Count(received=-moved, quarantined=-moved))
    for device, count in taken.devices().items():
        replay.count(device).add(Count(received=count.stored, stored=count.stored))
    replay.requests[request] = {"stored": replay.total().stored, "left": result.left, "reason": ""}
    return replay


def _outcome_of(settled: _Settled) -> dict[str, Any]:
    count = settled.delta.total()
    return {
        "received": count.received,
        "stored": count.stored,
        "duplicate": count.duplicate,
        "quarantined": count.quarantined,
        "reasons": [r.detail for r in settled.refused[:_REASONS_TOLD]],
    }


def _text(topic: bytes) -> str:
    return topic.decode(errors="replace")
