"""Measured and derived readings live apart and are asked as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from collector.reading import ReadingBatch, Source
from collector.stores.embedded.store import EmbeddedStore
from collector.stores.split import SplitStore
from config.clock import HOUR, ManualClock


def _store(folder: Path) -> SplitStore:
    clock = ManualClock(HOUR)
    is_derived = np.array([False, False, True])
    return SplitStore(
        EmbeddedStore(folder / "m", clock=clock), EmbeddedStore(folder / "d", clock=clock), is_derived
    )


def test_each_reading_goes_where_its_point_belongs(tmp_path: Path) -> None:
    store = _store(tmp_path)
    batch = ReadingBatch.of([2, 1, 9], [5, 6, 7], [20.0, 10.0, 90.0], received_at=8, source=Source.SENSOR)
    store.write(batch)
    found = store.range(np.array([1, 2, 9], np.int32), 0, 10)
    assert found.point.tolist() == [1, 2, 9]
    assert found.value.tolist() == [10.0, 20.0, 90.0]
    assert store.latest(np.array([9, 2], np.int32)).value.tolist() == [20.0, 90.0]
    windows = store.aggregate(np.array([2, 1], np.int32), 0, 10, 10)
    assert windows.point.tolist() == [1, 2]
    assert store.delete_before(5) == 0
    store.close()
    assert len(EmbeddedStore(tmp_path / "d", clock=ManualClock()).range(np.array([2], np.int32), 0, 10)) == 1


def test_a_limit_counts_over_both(tmp_path: Path) -> None:
    store = _store(tmp_path)
    store.write(ReadingBatch.of([1, 2, 2], [5, 6, 7], [1.0, 2.0, 3.0], received_at=8))
    assert store.range(np.array([1, 2], np.int32), 0, 10, limit=2).value.tolist() == [1.0, 2.0]
    assert len(store.range(np.array([], np.int32), 0, 10)) == 0
    store.close()
