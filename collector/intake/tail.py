"""What the journal took last: enough for intake to know, after a restart, what it is sent again."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from collector.journal import START, JournalReader, Position, committed_position
from collector.reading import ReadingBatch

RECENT_READINGS = 300_000


def recent_readings(journal: Path, count: int = RECENT_READINGS) -> ReadingBatch:
    """The last readings of the journal, `count` of them or a little more, in the order they were taken."""
    end = committed_position(journal)
    if end == START:
        return ReadingBatch.empty()
    reader = JournalReader(journal, None, Position(max(end.segment - 1, 1), 0))
    kept: deque[ReadingBatch] = deque()
    size = 0
    try:
        while entries := reader.read():
            for entry in entries:
                kept.append(entry.readings)
                size += len(entry.readings)
                while size - len(kept[0]) >= count:
                    size -= len(kept.popleft())
    finally:
        reader.close()
    return ReadingBatch.concat(kept)
