"""Remaining life from former lives, with a range, and from load instead of time."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.prognosis.load_life import LoadLife, LoadRun
from analytics.prognosis.run_to_failure import RunToFailure
from analytics.prognosis.windows import trailing_mean, trailing_slope


def machine(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    life = int(rng.integers(90, 180))
    wear = np.exp((np.arange(life) - life) / rng.uniform(20, 40))
    return np.column_stack([10 + wear, 5 - 2 * wear, np.full(life, 3.0)]) + rng.normal(0, 0.1, (life, 3))


def filter_run(seed: int, load: np.ndarray) -> LoadRun:
    rng = np.random.default_rng(seed)
    spent = np.cumsum(load) / (5000 * rng.uniform(0.9, 1.1))
    alive = spent <= 1
    return LoadRun((600 * spent**3 + rng.normal(0, 5, len(load)))[alive], load[alive])


def test_windows_know_only_what_was_known_then() -> None:
    line = np.arange(50.0)[:, None] * 2 + 1
    assert trailing_mean(line, 5)[10, 0] == pytest.approx(line[6:11].mean())
    assert trailing_mean(line, 5)[0, 0] == line[0, 0]
    assert trailing_slope(line, 10, patience=False)[1:, 0] == pytest.approx(2.0)
    assert trailing_slope(line, 10)[0, 0] == 0
    changed = line.copy()
    changed[30:] = 99
    assert np.array_equal(trailing_slope(line, 10)[:30], trailing_slope(changed, 10)[:30])


def test_the_range_holds_the_truth_and_narrows_as_failure_nears() -> None:
    model = RunToFailure.fit([machine(seed) for seed in range(40)])
    inside, widths = [], {0.5: [], 0.95: []}
    for seed in range(100, 140):
        life = machine(seed)
        for share, found in widths.items():
            cut = int(share * len(life))
            left = model.predict([life[:cut]])
            inside.append(bool(left.low[0] <= len(life) - cut <= left.high[0]))
            found.append(float(left.high[0] - left.low[0]))
    assert 0.6 <= np.mean(inside) <= 1.0
    assert np.mean(widths[0.95]) < 0.6 * np.mean(widths[0.5])


def test_the_same_seed_tells_the_same_life() -> None:
    lives = [machine(seed) for seed in range(12)]
    one, other = (RunToFailure.fit(lives, ranged=False, seed=3) for _ in range(2))
    assert one.predict([lives[0][:60]]).expected == other.predict([lives[0][:60]]).expected


def test_a_filter_lasts_twice_as_long_at_half_the_dust() -> None:
    steady, halved = np.full(900, 10.0), np.concatenate([np.full(300, 10.0), np.full(900, 5.0)])
    taught = [filter_run(seed, steady) for seed in range(8)] + [
        filter_run(seed, halved) for seed in range(8, 16)
    ]
    model = LoadLife.fit(taught, interval_s=1.0, limit=600.0)
    for load in (steady, halved):
        run = filter_run(30, load)
        left = model.predict(LoadRun(run.signal[:400], run.load[:400]))
        assert left == pytest.approx(len(run.signal) - 400, rel=0.25)


def test_a_run_longer_than_all_others_is_carried_on_with_its_last_load() -> None:
    model = LoadLife.fit(
        [filter_run(seed, np.full(900, 10.0)) for seed in range(8)], interval_s=1.0, limit=600.0
    )
    slow = LoadRun(np.linspace(0, 50, 800), np.full(800, 1.0))
    assert model.predict(slow) > 400
