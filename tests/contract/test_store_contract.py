"""What every store promises, held against each of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.reading import Quality, ReadingBatch, Source
from collector.stores.base import Store
from config.clock import DAY, HOUR, MINUTE, SECOND
from tests.contract.stores import STORES, Open

D0 = 1_760_054_400_000_000_000  # a midnight
FAR = D0 + 1000 * DAY


@pytest.fixture(params=STORES)
def open_store(request: pytest.FixtureRequest) -> Open:
    return STORES[request.param]


@pytest.fixture
def store(open_store: Open, tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(tmp_path)) as opened:
        yield opened


def batch(points: object, times: object, values: object, **more: object) -> ReadingBatch:
    return ReadingBatch.of(points, times, values, received_at=D0, **more)  # type: ignore[arg-type]


def rows(readings: ReadingBatch) -> list[tuple[int, int, float]]:
    return list(zip(readings.point.tolist(), readings.time.tolist(), readings.value.tolist(), strict=True))


def ints(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int32)


def test_an_empty_store_answers_with_nothing(store: Store) -> None:
    assert rows(store.range(ints(1, 2), 0, FAR)) == []
    assert rows(store.latest(ints(1))) == []
    assert len(store.aggregate(ints(1), 0, FAR, HOUR)) == 0
    assert store.delete_before(FAR) == 0


def test_what_is_written_comes_back_with_quality_and_source(store: Store) -> None:
    quality = [Quality.GOOD, Quality.UNCERTAIN, Quality.BAD]
    source = [Source.MANUAL, Source.DERIVED, Source.SIMULATED]
    values = [0.1 + 0.2, -1e300, 5e-324]
    store.write(batch([3, 3, 3], [D0, D0 + 1, D0 + DAY], values, quality=quality, source=source))
    back = store.range(ints(3), D0, D0 + 2 * DAY)
    assert back.value.tolist() == values
    assert back.quality.tolist() == quality
    assert back.source.tolist() == source


def test_a_range_holds_its_start_and_not_its_end(store: Store) -> None:
    store.write(batch([1] * 4, [D0 - 1, D0, D0 + 9, D0 + 10], [0, 1, 2, 3]))
    assert rows(store.range(ints(1), D0, D0 + 10)) == [(1, D0, 1.0), (1, D0 + 9, 2.0)]
    assert rows(store.range(ints(1), D0 + 10, D0 + 10)) == []


def test_results_are_by_point_then_time_whatever_the_order_of_asking(store: Store) -> None:
    store.write(batch([7, 5, 7, 2_000_000_000], [D0 + 2, D0, D0 + 1, D0], [1, 2, 3, 4]))
    asked = store.range(ints(2_000_000_000, 7, 5, 7, 6), D0, D0 + DAY)
    assert rows(asked) == [(5, D0, 2.0), (7, D0 + 1, 3.0), (7, D0 + 2, 1.0), (2_000_000_000, D0, 4.0)]
    assert rows(store.range(ints(7, 5), D0, D0 + DAY, limit=2)) == rows(asked)[:2]
    assert rows(store.range(ints(), D0, D0 + DAY)) == []


def test_writing_again_changes_nothing(store: Store) -> None:
    readings = batch(np.arange(50) % 5, D0 + np.arange(50) * SECOND, np.arange(50.0))
    for _ in range(3):
        store.write(readings)
    assert rows(store.range(ints(*range(5)), D0, FAR)) == rows(readings.sorted())
    assert store.aggregate(ints(0), D0, D0 + DAY, DAY).count.tolist() == [10]


def test_out_of_order_and_late_readings_find_their_place(store: Store) -> None:
    store.write(batch([1, 1], [D0 + DAY + 5, D0 + DAY + 1], [5, 1]))
    store.write(batch([1], [D0 + DAY + 3], [3]))
    store.write(batch([1, 2], [D0 - 40 * DAY, D0 + 7], [-40, 7]))
    assert [value for _, _, value in rows(store.range(ints(1), D0 - 50 * DAY, FAR))] == [-40, 1, 3, 5]
    assert rows(store.latest(ints(1, 2))) == [(1, D0 + DAY + 5, 5.0), (2, D0 + 7, 7.0)]


def test_of_one_point_and_time_the_last_written_stays(store: Store) -> None:
    store.write(batch([1, 1, 2], [D0, D0, D0], [1, 2, 9]))
    assert rows(store.range(ints(1), D0, FAR)) == [(1, D0, 2.0)]
    store.write(batch([1], [D0], [3]))
    assert rows(store.range(ints(1), D0, FAR)) == [(1, D0, 3.0)]
    assert rows(store.latest(ints(1))) == [(1, D0, 3.0)]
    assert rows(store.range(ints(2), D0, FAR)) == [(2, D0, 9.0)]


def test_everything_is_there_after_opening_again(open_store: Open, tmp_path: Path) -> None:
    readings = batch(np.arange(30) % 3, D0 + np.arange(30) * HOUR, np.arange(30.0))
    with closing(open_store(tmp_path)) as store:
        store.write(readings)
    with closing(open_store(tmp_path)) as store:
        assert rows(store.range(ints(0, 1, 2), D0, FAR)) == rows(readings.sorted())
        assert [time for _, time, _ in rows(store.latest(ints(0, 1, 2)))] == [
            D0 + 27 * HOUR, D0 + 28 * HOUR, D0 + 29 * HOUR,
        ]  # fmt: skip


def test_retention_deletes_what_is_older_and_counts_it(store: Store) -> None:
    store.write(batch([1] * 72, D0 + np.arange(72) * HOUR, np.arange(72.0)))
    store.write(batch([2], [D0], [9]))
    cutoff = D0 + 30 * HOUR
    assert store.delete_before(cutoff) == 31
    assert store.range(ints(1, 2), 0, FAR).time.min() == cutoff
    assert len(store.range(ints(1, 2), 0, FAR)) == 42
    assert rows(store.latest(ints(1, 2))) == [(1, D0 + 71 * HOUR, 71.0)]
    assert store.delete_before(cutoff) == 0


def test_bad_readings_are_stored_but_not_averaged(store: Store) -> None:
    quality = [Quality.GOOD, Quality.BAD, Quality.UNCERTAIN]
    store.write(batch([1] * 3, [D0, D0 + 1, D0 + 2], [10, -999, 20], quality=quality))
    assert len(store.range(ints(1), D0, FAR)) == 3
    window = store.aggregate(ints(1), D0, D0 + HOUR, HOUR)
    assert (window.count[0], window.min[0], window.max[0], window.mean[0]) == (2, 10.0, 20.0, 15.0)


def test_windows_begin_at_the_start_that_is_asked_for(store: Store) -> None:
    store.write(batch([1] * 6, D0 + np.arange(6) * MINUTE, np.arange(6.0)))
    windows = store.aggregate(ints(1), D0 + MINUTE, D0 + 6 * MINUTE, 2 * MINUTE)
    assert windows.window.tolist() == [D0 + MINUTE, D0 + 3 * MINUTE, D0 + 5 * MINUTE]
    assert windows.count.tolist() == [2, 2, 1]
    assert windows.first.tolist() == [1.0, 3.0, 5.0]
    assert windows.last.tolist() == [2.0, 4.0, 5.0]


@pytest.mark.parametrize("window", [7 * MINUTE, HOUR, 6 * HOUR, DAY, 36 * HOUR])
@pytest.mark.parametrize("start", [D0, D0 - 5 * HOUR, D0 + 17 * SECOND])
def test_windows_are_what_numpy_says(store: Store, window: int, start: int) -> None:
    rng = np.random.default_rng(5)
    size = 2_000
    readings = batch(rng.integers(0, 4, size), D0 + rng.integers(0, 4 * DAY, size), rng.normal(20, 5, size))
    for part in np.array_split(rng.permutation(size), 3):
        store.write(readings.take(part))
    end = D0 + 3 * DAY + 5 * HOUR + 1
    windows = store.aggregate(ints(0, 2), start, end, window)
    seen = 0
    for i in range(len(windows)):
        low, high = windows.window[i], min(windows.window[i] + window, end)
        inside = (
            (readings.point == windows.point[i]) & (readings.time >= max(low, start)) & (readings.time < high)
        )
        order = np.argsort(readings.time[inside])
        values = readings.value[inside][order]
        seen += len(values)
        got = [getattr(windows, name)[i] for name in ("count", "min", "max", "mean", "first", "last")]
        by_hand = [len(values), values.min(), values.max(), values.mean(), values[0], values[-1]]
        np.testing.assert_allclose(got, by_hand, rtol=1e-12)
    wanted = np.isin(readings.point, [0, 2]) & (readings.time >= start) & (readings.time < end)
    assert seen == wanted.sum()
    assert (windows.window - start >= 0).all()
    assert ((windows.window - start) % window == 0).all()


times = st.integers(-3, 3).map(lambda hours: D0 + hours * 11 * HOUR)
reading = st.tuples(st.integers(0, 3), times, st.integers(-5, 5).map(float))
steps = st.lists(
    st.one_of(
        st.lists(reading, min_size=1, max_size=12),
        st.just("reopen"),
        st.integers(-3, 3).map(lambda hours: D0 + hours * 11 * HOUR),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_any_history_ends_like_a_dictionary_says(
    open_store: Open, steps: list[object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("store")
    model: dict[tuple[int, int], float] = {}
    store = open_store(folder)
    for step in steps:
        if isinstance(step, list):
            store.write(batch(*zip(*step, strict=True)))
            model.update({(point, time): value for point, time, value in step})
        elif isinstance(step, int):
            old = [key for key in model if key[1] < step]
            assert store.delete_before(step) == len(old)
            for key in old:
                del model[key]
        else:
            store.close()
            store = open_store(folder)
        _same(store, model)
    store.close()


def _same(store: Store, model: dict[tuple[int, int], float]) -> None:
    points = ints(0, 1, 2, 3)
    wanted = [(point, time, value) for (point, time), value in sorted(model.items())]
    assert rows(store.range(points, D0 - 9 * DAY, FAR)) == wanted
    newest = {point: (point, time, value) for point, time, value in wanted}
    assert rows(store.latest(points)) == sorted(newest.values())
