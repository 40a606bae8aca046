"""Every bound warns before it is reached, and names itself, the reader and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.journal import Bound, BoundName, JournalReader, Level, Limits, forget
from collector.journal.disk import Disk
from config.clock import DAY, SECOND, ManualClock
from tests.unit.collector.journal_kit import T0, commit_each, writer

FRAME = 64 + 224


def one(bounds: list[Bound], name: BoundName) -> Bound:
    """The only bound of that name."""
    [bound] = [bound for bound in bounds if bound.name is name]
    return bound


@pytest.mark.parametrize(("entries", "level"), [(10, Level.OK), (24, Level.WARN), (28, Level.FULL)])
def test_size(tmp_path: Path, entries: int, level: Level) -> None:
    journal = writer(tmp_path, limits=Limits(max_bytes=28 * FRAME + 2 * 64, min_free_bytes=0))
    commit_each(journal, range(entries), size=10)
    bound = one(journal.bounds(), BoundName.SIZE)
    assert bound.level is level
    assert bound.value == journal.size
    assert "caretaker journal" in bound.remedy
    journal.close()


@pytest.mark.parametrize(("free", "level"), [(300, Level.OK), (200, Level.WARN), (100, Level.FULL)])
def test_free_space(tmp_path: Path, free: int, level: Level) -> None:
    class Small(Disk):
        def free_bytes(self, folder: Path) -> int:
            return free

    journal = writer(tmp_path, Small(), limits=Limits(min_free_bytes=100))
    assert one(journal.bounds(), BoundName.FREE_SPACE).level is level
    journal.close()


@pytest.mark.parametrize(("unread", "level"), [(7, Level.OK), (8, Level.WARN), (10, Level.FULL)])
def test_reader_lag(tmp_path: Path, unread: int, level: Level) -> None:
    journal = writer(tmp_path, limits=Limits(min_free_bytes=0, max_reader_lag_bytes=10 * FRAME))
    JournalReader(tmp_path, "store")
    commit_each(journal, range(unread), size=10)
    bound = one(journal.bounds(), BoundName.READER_LAG)
    assert (bound.level, bound.reader, bound.value) == (level, "store", unread * FRAME)
    assert "store" in bound.remedy
    journal.close()


@pytest.mark.parametrize(("days", "level"), [(5.0, Level.OK), (6.0, Level.WARN), (7.0, Level.FULL)])
def test_age_of_the_oldest_unread_entry(tmp_path: Path, days: float, level: Level) -> None:
    clock = ManualClock(T0)
    journal = writer(tmp_path, clock=clock)
    reader = JournalReader(tmp_path, "influx")
    commit_each(journal, [1])
    reader.checkpoint(reader.read()[-1].position)
    clock.wind(DAY / SECOND)
    commit_each(journal, [2])
    clock.wind(days * DAY / SECOND)
    bound = one(journal.bounds(), BoundName.READER_AGE)
    assert (bound.level, bound.value) == (level, days * 86_400)
    journal.close()


def test_a_reader_that_is_gone(tmp_path: Path) -> None:
    journal = writer(tmp_path, required_readers=("store",))
    assert one(journal.bounds(), BoundName.READER_GONE).level is Level.WARN
    JournalReader(tmp_path, "store")
    assert one(journal.bounds(), BoundName.READER_GONE).level is Level.OK
    forget(tmp_path, "store")
    gone = one(journal.bounds(), BoundName.READER_GONE)
    assert (gone.level, gone.reader) == (Level.WARN, "store")
    journal.close()
