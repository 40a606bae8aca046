"""Few parts a day, rollups of finished days, retention; and a folder that other tools can open."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.dataset as ds

from collector.stores.aggregates import Aggregates
from collector.stores.embedded import EmbeddedWriter
from collector.stores.embedded.upkeep import MOST_PARTS
from config.clock import DAY, HOUR, MINUTE, SECOND
from tests.unit.collector.embedded_kit import D0, POINTS, batch, hours_of_readings, node, rows


def parts_of(writer: EmbeddedWriter, day: str) -> list[int]:
    """Rows of the parts of a day."""
    return [part.rows for part in writer.manifest.days[day].parts]


def table(windows: Aggregates) -> np.ndarray:
    """All columns side by side."""
    names = ("point", "window", "count", "min", "max", "mean", "first", "last")
    return np.column_stack([getattr(windows, name).astype(float) for name in names])


def test_many_small_parts_are_merged_and_a_large_one_is_left_alone(tmp_path: Path) -> None:
    campus = node(tmp_path)
    writer = campus.writer()
    campus.take(hours_of_readings(D0, 10))
    writer.compact()
    large = writer.manifest.days["2025-10-10"].parts[0]
    for minute in range(40):
        campus.take(batch(POINTS, [D0 + 11 * HOUR + minute * MINUTE] * 6, [minute] * 6))
        writer.compact()
        assert len(parts_of(writer, "2025-10-10")) <= MOST_PARTS
    assert writer.manifest.days["2025-10-10"].parts[0] == large
    assert sum(parts_of(writer, "2025-10-10")) == 10 * 60 * 6 + 40 * 6
    assert len(campus.everything()) == 10 * 60 * 6 + 40 * 6
    writer.close()


def test_a_day_that_is_over_becomes_one_part_with_a_rollup(tmp_path: Path) -> None:
    campus = node(tmp_path)
    writer = campus.writer()
    for hour in range(0, 12, 4):
        campus.take(hours_of_readings(D0 + hour * HOUR, 5))
        writer.compact()
    assert writer.maintain() == 0
    campus.clock.set(D0 + DAY + 3 * HOUR)
    assert writer.maintain() == 1
    assert writer.maintain() == 0
    assert parts_of(writer, "2025-10-10") == [13 * 60 * 6]
    assert campus.everything() == rows(hours_of_readings(D0, 13).sorted())
    writer.close()


def test_a_backlog_that_still_comes_in_is_merged_once(tmp_path: Path) -> None:
    campus = node(tmp_path)
    campus.clock.set(D0 + 5 * DAY)
    writer = campus.writer()
    settled = 0
    for minute in range(30):
        campus.take(batch(POINTS, [D0 + minute * MINUTE] * 6, [minute] * 6))
        writer.compact()
        settled += writer.maintain()
        campus.clock.wind(60)
    assert settled == 0
    campus.clock.wind(600)
    assert writer.maintain() == 1
    writer.close()


def test_rollups_say_what_the_readings_say(tmp_path: Path) -> None:
    campus = node(tmp_path)
    writer = campus.writer()
    campus.take(hours_of_readings(D0, 48), batch([2], [D0 + 30 * HOUR], [-7.0]))
    store = campus.store()
    asked = (POINTS[1:4], D0 + 3 * HOUR, D0 + 40 * HOUR + 90 * SECOND)
    before = {window: table(store.aggregate(*asked, window)) for window in (HOUR, 5 * HOUR, DAY)}
    writer.compact()
    campus.clock.set(D0 + 2 * DAY)
    assert writer.maintain(quiet_for=0) == 1
    for window, wanted in before.items():
        np.testing.assert_allclose(table(store.aggregate(*asked, window)), wanted, rtol=1e-12)
    campus.take(batch([1], [D0 + 5 * HOUR + 1], [1e9]))
    assert store.aggregate(*asked, DAY).max[0] == 1e9
    store.close()
    writer.close()


def test_retention_keeps_the_rollups(tmp_path: Path) -> None:
    campus = node(tmp_path)
    writer = campus.writer()
    campus.take(hours_of_readings(D0, 72))
    store = campus.store()
    before = table(store.aggregate(POINTS, D0, D0 + 3 * DAY, HOUR))
    cutoff = D0 + DAY + 90 * MINUTE
    assert writer.delete_before(cutoff) == (24 * 60 + 90) * 6
    assert store.range(POINTS, 0, D0 + 9 * DAY).time.min() == cutoff
    assert len(store.range(POINTS, 0, D0 + 9 * DAY)) == (46 * 60 + 30) * 6
    np.testing.assert_allclose(table(store.aggregate(POINTS, D0, D0 + 3 * DAY, HOUR)), before, rtol=1e-12)
    campus.clock.set(D0 + 9 * DAY)
    writer.maintain(quiet_for=0)
    np.testing.assert_allclose(table(store.aggregate(POINTS, D0, D0 + 3 * DAY, HOUR)), before, rtol=1e-12)
    assert len(store.aggregate(POINTS, D0, D0 + DAY, 10 * MINUTE)) == 0
    store.close()
    writer.close()


def test_the_newest_readings_are_known_without_a_scan(tmp_path: Path) -> None:
    campus = node(tmp_path)
    writer = campus.writer()
    campus.take(hours_of_readings(D0, 3), batch([4], [D0 + 5 * HOUR], [44.0]))
    writer.compact()
    campus.take(batch([5, 1], [D0 + 6 * HOUR, D0], [55.0, 1.0]))
    for path in campus.readings.glob("day=*/*"):
        path.unlink()
    store = campus.store()
    newest = dict(zip(*(column.tolist() for column in _point_and_time(store.latest(POINTS))), strict=True))
    assert newest[4] == D0 + 5 * HOUR
    assert newest[5] == D0 + 6 * HOUR
    assert newest[1] == D0 + 3 * HOUR - MINUTE
    store.close()
    writer.close()


def _point_and_time(readings: object) -> tuple[np.ndarray, np.ndarray]:
    return readings.point, readings.time  # type: ignore[attr-defined]


def test_the_folder_is_plain_parquet(tmp_path: Path) -> None:
    campus = node(tmp_path)
    campus.clock.set(D0 + 9 * DAY)
    writer = campus.writer()
    campus.take(hours_of_readings(D0, 48))
    writer.compact()
    writer.maintain(quiet_for=0)
    plain = ds.dataset(campus.readings, partitioning="hive").to_table()
    assert plain.num_rows == 48 * 60 * 6
    assert set(plain.column_names) == {"point", "time", "value", "quality", "source", "day"}
    assert str(plain.schema.field("time").type) == "timestamp[ns, tz=UTC]"
    assert plain.column("day").unique().to_pylist() == ["2025-10-10", "2025-10-11"]
    writer.close()
