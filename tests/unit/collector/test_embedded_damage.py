"""A damaged file is named and set aside; everything else keeps working."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.stores.embedded import EmbeddedStore, EmbeddedWriter
from collector.stores.embedded.layout import MANIFEST
from collector.stores.embedded.manifest import ManifestDamaged
from config.clock import DAY, HOUR, ManualClock
from tests.unit.collector.embedded_kit import D0, POINTS, Node, batch, hours_of_readings, node, rows


def three_days(folder: Path) -> Node:
    """A node with a part for each of three days."""
    campus = node(folder)
    campus.clock.set(D0 + 9 * DAY)
    campus.take(hours_of_readings(D0, 72))
    writer = campus.writer()
    writer.compact()
    writer.close()
    return campus


def spoil(campus: Node, day: str, how: str) -> str:
    """Damage the part of that day; returns its name."""
    [path] = campus.readings.glob(f"day={day}/*.parquet")
    data = bytearray(path.read_bytes())
    if how == "page":
        data[len(data) // 3] ^= 1
    elif how == "footer":
        data[-30] ^= 1
    elif how == "short":
        data = data[: len(data) // 2]
    elif how == "empty":
        data.clear()
    path.write_bytes(data)
    if how == "missing":
        path.unlink()
    return path.relative_to(campus.readings).as_posix()


SPOILED = pytest.mark.parametrize("how", ["page", "footer", "short", "empty", "missing"])


@SPOILED
def test_a_reader_passes_over_a_damaged_file_and_names_it(tmp_path: Path, how: str) -> None:
    campus = three_days(tmp_path)
    name = spoil(campus, "2025-10-11", how)
    store = campus.store()
    for _ in range(2):
        assert len(store.range(POINTS, D0, D0 + 3 * DAY)) == 48 * 60 * 6
        assert len(store.aggregate(POINTS, D0, D0 + 3 * DAY, HOUR)) == 48 * 6
    assert list(store.damaged) == [name]
    assert len(store.latest(POINTS)) == 6
    store.close()


@SPOILED
def test_verifying_sets_the_damaged_file_aside(tmp_path: Path, how: str) -> None:
    campus = three_days(tmp_path)
    name = spoil(campus, "2025-10-11", how)
    writer = campus.writer()
    [aside] = writer.verify()
    assert (aside.name, aside.rows, aside.at) == (name, 24 * 60 * 6, D0 + 9 * DAY)
    assert writer.verify() == []
    assert "2025-10-11" not in writer.manifest.days
    kept = [path.name for path in (campus.readings / "_damaged").glob("*")]
    assert kept == ([] if how == "missing" else [name.replace("/", "_")])
    assert len(campus.everything()) == 48 * 60 * 6
    writer.close()


@SPOILED
def test_settling_goes_on_without_the_damaged_part(tmp_path: Path, how: str) -> None:
    campus = three_days(tmp_path)
    name = spoil(campus, "2025-10-11", how)
    campus.take(hours_of_readings(D0 + DAY, 2))
    writer = campus.writer()
    writer.compact()
    assert writer.maintain(quiet_for=0) == 3
    assert [aside.name for aside in writer.manifest.damaged] == [name]
    assert len(campus.everything()) == 50 * 60 * 6
    writer.close()


def test_the_rollup_outlives_the_readings_it_was_made_from(tmp_path: Path) -> None:
    campus = three_days(tmp_path)
    writer = campus.writer()
    writer.maintain(quiet_for=0)
    spoil(campus, "2025-10-11", "page")
    writer.verify()
    store = campus.store()
    assert len(store.aggregate(POINTS, D0, D0 + 3 * DAY, HOUR)) == 72 * 6
    store.close()
    writer.close()


def test_a_damaged_rollup_is_passed_over(tmp_path: Path) -> None:
    campus = three_days(tmp_path)
    writer = campus.writer()
    writer.maintain(quiet_for=0)
    [path] = campus.readings.glob("_hourly/day=2025-10-10/*")
    path.write_bytes(path.read_bytes()[:-50])
    store = campus.store()
    assert len(store.aggregate(POINTS, D0, D0 + 3 * DAY, HOUR)) == 48 * 6
    assert list(store.damaged) == [path.relative_to(campus.readings).as_posix()]
    store.close()
    writer.close()


@pytest.mark.parametrize("how", ["rotten", "cut", "lost"])
def test_the_manifest_is_made_again_from_the_files(tmp_path: Path, how: str) -> None:
    campus = three_days(tmp_path)
    writer = campus.writer()
    writer.maintain(quiet_for=0)
    writer.delete_before(D0 + DAY)
    wanted = campus.everything()
    writer.close()
    path = campus.readings / MANIFEST
    data = path.read_bytes()
    path.write_bytes(data.replace(b"2025-10-11", b"2025-10-13", 1) if how == "rotten" else data[:100])
    if how == "lost":
        path.unlink()
    else:
        with pytest.raises(ManifestDamaged, match="caretaker store"):
            campus.everything()
    writer = EmbeddedWriter(campus.readings, clock=ManualClock(D0 + 9 * DAY))
    store = EmbeddedStore(campus.readings)
    assert rows(store.range(POINTS, 0, D0 + 9 * DAY)) == wanted
    assert store.latest(POINTS).time.tolist() == [D0 + 3 * DAY - 60 * 10**9] * 6
    assert len(store.aggregate(POINTS, D0, D0 + 3 * DAY, HOUR)) == 72 * 6
    store.close()
    writer.close()


def test_a_lost_table_of_newest_readings_is_made_again(tmp_path: Path) -> None:
    campus = three_days(tmp_path)
    for path in campus.readings.glob("_latest/*"):
        path.write_bytes(b"rot")
    writer = campus.writer()
    store = campus.store()
    assert len(store.latest(POINTS)) == 6
    assert writer.manifest.journal == campus.journal.position
    store.close()
    writer.close()


def test_a_reader_survives_files_being_merged_under_it(tmp_path: Path) -> None:
    campus = node(tmp_path)
    writer = campus.writer()
    for hour in range(3):
        campus.take(hours_of_readings(D0 + hour * HOUR, 1))
        writer.compact()
    store = campus.store()
    old_view = store._views.now()
    campus.clock.set(D0 + 9 * DAY)
    writer.maintain()
    newer = store._views.now
    answers = iter([old_view])
    store._views.now = lambda: next(answers, None) or newer()  # type: ignore[method-assign]
    assert len(store.range(POINTS, D0, D0 + DAY)) == 3 * 60 * 6
    assert store.damaged == {}
    store.close()
    writer.close()


def test_readers_follow_the_writer(tmp_path: Path) -> None:
    campus = node(tmp_path)
    writer, store = campus.writer(), campus.store()
    wanted: list[tuple[int, int, float]] = []
    for turn in range(12):
        fresh = batch(POINTS, [D0 + turn * HOUR] * 6, [turn] * 6)
        campus.take(fresh)
        wanted += rows(fresh)
        if turn % 3 == 2:
            writer.compact()
        assert rows(store.range(POINTS, D0, D0 + DAY)) == sorted(wanted)
        assert store.latest(POINTS).value.tolist() == [turn] * 6
    store.close()
    writer.close()
