"""Readers that are behind, gone, damaged, or not of this journal; and what pruning does about each."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.journal import START, DamageReason, JournalReader, JournalWriter, Position, forget
from collector.journal.checkpoints import CheckpointState
from collector.journal.inspect import inspect
from tests.unit.collector.journal_kit import T0, commit_each, number_of, read_all, write, writer


def filled(folder: Path, entries: int = 60) -> JournalWriter:
    """A journal of several segments, open for writing."""
    journal = writer(folder)
    commit_each(journal, range(entries), size=10)
    return journal


def test_segments_go_when_the_slowest_reader_is_past_them(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    store, analytics = JournalReader(tmp_path, "store"), JournalReader(tmp_path, "analytics")
    store.read()
    store.checkpoint(store.position)
    assert journal.prune() == []
    analytics.read(max_readings=300)
    analytics.checkpoint(analytics.position)
    removed = journal.prune()
    assert removed == list(range(1, analytics.position.segment))
    assert [number_of(e) for e in analytics.read()] == list(range(30, 60))
    journal.close()


def test_a_reader_comes_back_at_its_checkpoint(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    reader = JournalReader(tmp_path, "store")
    first = reader.read(max_readings=200)
    reader.checkpoint(first[-1].position)
    reader.read()
    reader.close()
    again = JournalReader(tmp_path, "store")
    assert [number_of(e) for e in again.read()] == list(range(20, 60))
    journal.close()


def test_a_place_kept_elsewhere_wins_over_the_checkpoint(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    entries = JournalReader(tmp_path, None).read()
    JournalReader(tmp_path, "store").checkpoint(entries[50].position)
    reader = JournalReader(tmp_path, "store", start=entries[10].position)
    assert [number_of(e) for e in reader.read()] == list(range(11, 60))
    assert journal.prune() == list(range(1, entries[10].position.segment))
    journal.close()


def test_without_readers_nothing_is_pruned(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    JournalReader(tmp_path, None).read()
    assert journal.prune() == []
    journal.close()


def test_a_required_reader_is_waited_for_before_it_ever_came(tmp_path: Path) -> None:
    journal = writer(tmp_path, required_readers=("store", "analytics"))
    commit_each(journal, range(60), size=10)
    store = JournalReader(tmp_path, "store")
    store.read()
    store.checkpoint(store.position)
    assert journal.prune() == []
    missing = [r for r in inspect(tmp_path, T0, required=("analytics",)).readers if r.name == "analytics"]
    assert [(r.position, r.state) for r in missing] == [(START, CheckpointState.MISSING)]
    JournalReader(tmp_path, "analytics", start=store.position)
    assert journal.prune() != []
    journal.close()


def test_a_damaged_checkpoint_starts_again_at_the_oldest_and_prunes_nothing(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    reader = JournalReader(tmp_path, "store")
    reader.read()
    reader.checkpoint(reader.position)
    (tmp_path / "readers" / "store.json").write_text('{"segment": 3')
    assert journal.prune() == []
    assert inspect(tmp_path, T0).readers[0].state is CheckpointState.DAMAGED
    again = JournalReader(tmp_path, "store")
    assert [number_of(e) for e in again.read()] == list(range(60))
    assert inspect(tmp_path, T0).readers[0].state is CheckpointState.KNOWN
    journal.close()


def test_a_forgotten_reader_is_not_waited_for_and_learns_what_it_missed(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    influx, store = JournalReader(tmp_path, "influx"), JournalReader(tmp_path, "store")
    influx.read(max_readings=50)
    influx.close()
    store.read()
    store.checkpoint(store.position)
    assert forget(tmp_path, "influx")
    assert not forget(tmp_path, "influx")
    removed = journal.prune()
    assert removed
    numbers = [number_of(e) for e in influx.read()]
    assert numbers == list(range(numbers[0], 60))
    damage = influx.take_damage()
    assert [d.reason for d in damage] == [DamageReason.SEGMENT_MISSING]
    assert damage[0].readings_lost == (numbers[0] - 5) * 10
    journal.close()


def test_a_reader_keeps_reading_a_segment_that_is_pruned_under_it(tmp_path: Path) -> None:
    journal = filled(tmp_path)
    onlooker = JournalReader(tmp_path, None)
    first = onlooker.read(max_readings=10)
    store = JournalReader(tmp_path, "store", start=journal.position)
    journal.prune()
    rest = onlooker.read()
    assert [number_of(e) for e in first + rest][:14] == list(range(14))
    store.close()
    journal.close()


def test_a_place_ahead_of_a_restored_journal_begins_again_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, range(5))
    reader = JournalReader(tmp_path, "store", start=Position(9, 1000))
    assert reader.read() == []
    assert [d.reason for d in reader.take_damage()] == [DamageReason.READER_AHEAD]
    assert [number_of(e) for e in reader.read()] == list(range(5))


def test_a_place_the_writer_has_yet_to_publish_again_is_waited_for(tmp_path: Path) -> None:
    write(tmp_path, range(5))
    reader = JournalReader(tmp_path, "store")
    reader.read()
    reader.checkpoint(reader.position)
    (tmp_path / "committed").write_bytes(bytes(32))
    again = JournalReader(tmp_path, "store")
    assert again.read() == []
    write(tmp_path, [5])
    assert [number_of(e) for e in again.read()] == [5]
    assert again.take_damage() == []
    assert read_all(tmp_path)[0] == list(range(6))


@pytest.mark.parametrize("name", ["", "../up", "Store", "a" * 65, ".x"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="lower-case letters"):
        JournalReader(tmp_path, name)


def test_an_onlooker_has_no_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="without a name"):
        JournalReader(tmp_path, None).checkpoint(START)
