"""The demo's past: coarse, then fine, in order of time, and its end is where the live plant goes on."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from collector.reading import ReadingBatch
from config.clock import DAY, MINUTE, SECOND
from config.loading import demo_plant
from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.history import STATE_FILE, TRUTH_FILE, History, demo_history
from device_sim.truth import read_truth

NOW = int(dt.datetime(2026, 11, 21, 6, 0, 30, tzinfo=dt.UTC).timestamp()) * SECOND


@pytest.fixture(scope="module")
def plant() -> Plant:
    return demo_plant()


@pytest.fixture(scope="module")
def three_days(plant: Plant, tmp_path_factory: pytest.TempPathFactory) -> tuple[ReadingBatch, Path]:
    """Two coarse days and a fine one."""
    file = tmp_path_factory.mktemp("past") / STATE_FILE
    history = History(Fleet(plant, 1), NOW, days=3, fine_days=1, state_file=file)
    taken: list[int] = []
    batches = list(history.batches(taken.append))
    assert sum(taken) == history.steps == len(batches)
    return ReadingBatch.concat(batches), file


def test_readings_come_in_order_of_time_up_to_now(three_days: tuple[ReadingBatch, Path]) -> None:
    batch, _ = three_days
    assert (np.diff(batch.time) >= 0).all()
    assert batch.time[0] < NOW - 3 * DAY + 20 * MINUTE
    assert NOW - 3 * MINUTE < batch.time[-1] <= NOW


def test_no_point_has_two_readings_of_one_time(three_days: tuple[ReadingBatch, Path]) -> None:
    batch, _ = three_days
    pairs = np.stack([batch.point.astype(np.int64), batch.time])
    assert np.unique(pairs, axis=1).shape[1] == len(batch)


def test_sixty_days_make_some_six_million_readings(three_days: tuple[ReadingBatch, Path]) -> None:
    batch, _ = three_days
    fine = int((batch.time >= NOW - DAY).sum())
    coarse = (len(batch) - fine) / 2
    assert 5_000_000 < 53 * coarse + 7 * fine < 7_500_000


def test_every_measured_point_is_in_it_and_nearly_all_plausible(
    plant: Plant, three_days: tuple[ReadingBatch, Path]
) -> None:
    batch, _ = three_days
    assert set(batch.point.tolist()) == {p.number for p in plant.points.values() if not p.derived}
    low, high = plant.columns.low[batch.point], plant.columns.high[batch.point]
    assert ((batch.value >= low) & (batch.value <= high)).all()


def test_the_live_plant_goes_on_from_its_end(plant: Plant, three_days: tuple[ReadingBatch, Path]) -> None:
    batch, file = three_days
    fleet = Fleet(plant, 1)
    assert fleet.restore(file) == NOW // MINUTE * MINUTE
    counter = plant.of_kind("hot_water_boiler")[0].points["run_hours"].number
    following = fleet.advance(np.array([NOW], dtype=np.int64), SECOND, everything=True)
    before = batch.value[batch.point == counter][-1]
    after = following.value[following.point == counter][0]
    assert 0 <= after - before < 0.3


def test_the_demo_tells_the_truth_of_its_past(plant: Plant, tmp_path: Path) -> None:
    (tmp_path / TRUTH_FILE).write_text("of an older past\n")
    history = demo_history(plant, NOW, tmp_path)
    told = read_truth(tmp_path / TRUTH_FILE)
    assert len(told) > 30
    assert history.steps == 53 + 7 * 8
