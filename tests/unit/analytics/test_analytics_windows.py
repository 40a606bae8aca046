"""Window functions against the slow and obvious way, however the rows come in batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.arrivals import arrivals
from analytics.derived.windows import TRACKS, WindowMemory
from analytics.frame import FrameBuilder
from analytics.layout import Layout
from collector.reading import ReadingBatch
from config.clock import HOUR, SECOND
from config.expression import WINDOW_FUNCTIONS
from tests.unit.alarms.small_plant import Planted, kind, plant, point, rule
from tests.unit.analytics.windows_by_hand import Trace, every_row

START = 1_760_000_000
KIND = kind("thing", {"v": point("1h", lateness="1y")}, {"high": rule(point="v", above=5)})
PLANT = plant(Planted("north/a", KIND), Planted("north/b", KIND), Planted("north/c", KIND))
LAYOUT = Layout.of(PLANT)
HOLD_S = 3 * 3600.0


def play(
    function: str, window_s: float, rows: list[tuple[int, int, float]], cuts: list[int]
) -> dict[int, list[float]]:
    """Rows (asset, second, value), cut into batches, through the window function; answers per asset."""
    builder, memory = FrameBuilder(LAYOUT.kinds[0]), WindowMemory(LAYOUT.kinds[0])
    answers: dict[int, list[float]] = {0: [], 1: [], 2: []}
    for part in np.split(np.arange(len(rows)), sorted(cuts)):
        if not len(part):
            continue
        asset, second, value = (np.array(c) for c in zip(*(rows[i] for i in part), strict=True))
        time = (START + second) * SECOND
        batch = ReadingBatch.of(asset + 1, time, value, received_at=int(time[-1]))
        frame = builder.build(arrivals([batch], LAYOUT), batch.received_at)
        assert frame is not None
        values = frame.columns["v"].copy()
        values[values == -99] = np.nan
        result = memory.over(frame).window(function, values, round(window_s * SECOND), "key")
        for row in range(len(frame)):
            answers[int(frame.asset[row])].append(float(result[row]))
    return answers


values = st.sampled_from([0.0, 0.0, 1.0, 1.0, 2.5, -3.0, 7.0, -99.0])
rows = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([1, 30, 30, 60, 60, 60, 300, 1800, 4000]), values),
    min_size=1,
    max_size=70,
)


@pytest.mark.parametrize("function", sorted(WINDOW_FUNCTIONS))
@settings(max_examples=40, deadline=None)
@given(steps=rows, cuts=st.lists(st.integers(0, 70), max_size=6), window=st.sampled_from([60, 300, 3600]))
def test_as_by_hand_in_any_batches(
    function: str, steps: list[tuple[int, int, float]], cuts: list[int], window: int
) -> None:
    second, played = 0, []
    for asset, after, value in steps:
        second += after * 8
        played.append((asset, second, value))
    answers = play(function, window, played, cuts)
    for asset, found in answers.items():
        mine = [(t, np.nan if v == -99 else v) for a, t, v in played if a == asset]
        if mine:
            trace = Trace([t for t, _ in mine], [v for _, v in mine], HOLD_S)
            np.testing.assert_allclose(found, every_row(function, trace, window), rtol=1e-9, atol=1e-5)


def test_every_function_of_the_expressions_is_there() -> None:
    assert set(TRACKS) == set(WINDOW_FUNCTIONS)


@pytest.mark.parametrize("function", sorted(set(WINDOW_FUNCTIONS) - {"since_true"}))
def test_dense_rows_are_thinned_without_changing_the_answer_by_batches(function: str) -> None:
    rng = np.random.default_rng(7)
    rows = [(0, second, float(v)) for second, v in enumerate(rng.integers(-1, 3, 8000))]
    whole = play(function, 3600, rows, [])
    cut = play(function, 3600, rows, list(range(37, 8000, 37)))
    np.testing.assert_allclose(whole[0], cut[0], rtol=1e-9, atol=1e-6)
    trace = Trace([t for _, t, _ in rows], [v for _, _, v in rows], HOLD_S)
    exact = every_row_at(function, trace, range(3700, 8000, 400))
    found = np.array(whole[0])[3700:8000:400]
    allowed = {"starts": 6, "increase": 25, "change": 4}.get(function, 0.02)
    np.testing.assert_allclose(found, exact, atol=allowed)


def every_row_at(function: str, trace: Trace, at: range) -> list[float]:
    from tests.unit.analytics.windows_by_hand import BY_HAND

    return [BY_HAND[function](trace.upto(row), 3600) for row in at]


def test_memory_is_bounded() -> None:
    memory = WindowMemory(LAYOUT.kinds[0])
    builder = FrameBuilder(LAYOUT.kinds[0])
    for day in range(3):
        second = np.arange(20_000) + day * 20_000
        batch = ReadingBatch.of(
            np.ones(20_000), (START + second) * SECOND, second % 7, received_at=(START + 10**6) * SECOND
        )
        frame = builder.build(arrivals([batch], LAYOUT), batch.received_at)
        assert frame is not None
        memory.over(frame).window("mean", frame.columns["v"], 2 * HOUR, "key")
    saved = memory.save()
    assert saved["key|time"].shape[1] <= 1100
    assert saved["key|count"][0] <= 515


def test_memory_comes_back() -> None:
    rng = np.random.default_rng(3)
    rows = [(int(a), 60 * i, float(v)) for i, (a, v) in enumerate(rng.integers(0, 3, (600, 2)))]
    for function in WINDOW_FUNCTIONS:
        whole = play(function, 3600, rows, [300])
        first = WindowMemory(LAYOUT.kinds[0])
        builder = FrameBuilder(LAYOUT.kinds[0])
        answers: list[float] = []
        for part in (rows[:300], rows[300:]):
            asset, second, value = (np.array(c) for c in zip(*part, strict=True))
            batch = ReadingBatch.of(
                asset + 1, (START + second) * SECOND, value, received_at=(START + 10**6) * SECOND
            )
            frame = builder.build(arrivals([batch], LAYOUT), batch.received_at)
            assert frame is not None
            result = first.over(frame).window(function, frame.columns["v"], HOUR, "key")
            answers += [float(v) for v, a in zip(result, frame.asset, strict=True) if a == 1]
            again = WindowMemory(LAYOUT.kinds[0])
            again.restore({name: array.copy() for name, array in first.save().items()})
            first = again
        np.testing.assert_allclose(answers, whole[1], rtol=1e-12, atol=1e-9)
