"""The heart: an append-only log of accepted batches that PUBACK waits for and everybody else reads."""

from collector.journal.bounds import Bound, BoundName, Level, Limits, measure
from collector.journal.checkpoints import forget
from collector.journal.committed import committed_position
from collector.journal.entry import Entry
from collector.journal.errors import EntryTooLarge, FullReason, JournalError, JournalFull, JournalLocked
from collector.journal.lag import Lag
from collector.journal.position import START, Position
from collector.journal.reader import JournalReader
from collector.journal.scan import Damage, DamageReason
from collector.journal.writer import JournalWriter

__all__ = [
    "START",
    "Bound",
    "BoundName",
    "Damage",
    "DamageReason",
    "Entry",
    "EntryTooLarge",
    "FullReason",
    "JournalError",
    "JournalFull",
    "JournalLocked",
    "JournalReader",
    "JournalWriter",
    "Lag",
    "Level",
    "Limits",
    "Position",
    "committed_position",
    "forget",
    "measure",
]
