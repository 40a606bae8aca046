"""A zone model is learned from a week, forecasts days it has not seen, and says how sure it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analytics.benchmarks.files import write_table
from analytics.benchmarks.runner import run_track
from analytics.heating.zone_data import UnusableHistoryError, ZoneData, on_equal_steps
from analytics.heating.zone_forecast import Bands, ZoneModel, learn_zone
from tests.unit.heating.houses import house

LEARNED = 7 * 96
DAY = 96


def _forecasts(model: ZoneModel, data: ZoneData) -> tuple[Bands, np.ndarray, np.ndarray]:
    starts = np.arange(LEARNED, len(data) - DAY, 12)
    truth = data.indoor[starts[:, None] + np.arange(1, DAY + 1)]
    return model.forecast(data, starts), truth, starts


def _rmse(found: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean((found - truth) ** 2)))


@pytest.fixture(scope="module")
def lived_in() -> ZoneData:
    return house(5, 12, thermostat=True)


@pytest.fixture(scope="module")
def learned(lived_in: ZoneData) -> ZoneModel:
    return learn_zone(lived_in.part(LEARNED))


def test_a_lived_in_house_is_forecast_a_day_ahead(lived_in: ZoneData, learned: ZoneModel) -> None:
    model = learned
    bands, truth, starts = _forecasts(model, lived_in)
    stays = np.repeat(lived_in.indoor[starts][:, None], DAY, axis=1)
    assert model.hints is not None
    assert _rmse(bands.indoor, truth) < 0.3 < 0.5 * _rmse(stays, truth)
    inside = np.mean((truth >= bands.low) & (truth <= bands.high))
    assert 0.65 <= inside <= 0.95


def test_nothing_measured_indoors_after_the_start_is_read(lived_in: ZoneData, learned: ZoneModel) -> None:
    model, bands = learned, learned.forecast(lived_in, np.array([LEARNED]))
    blind = lived_in.indoor.copy()
    blind[LEARNED + 1 :] = 99.0
    hidden = ZoneData(lived_in.times, blind, lived_in.outdoor, lived_in.heat)
    again = model.forecast(hidden, np.array([LEARNED]))
    np.testing.assert_allclose(again.indoor[0], bands.indoor[0])


def test_a_heater_without_thermostat_gives_no_hints() -> None:
    data = house(6, 12, thermostat=False)
    model = learn_zone(data.part(LEARNED))
    bands, truth, _ = _forecasts(model, data)
    assert model.hints is None
    assert _rmse(bands.indoor, truth) < 0.7


def test_less_heat_makes_a_colder_forecast_whatever_was_usual(lived_in: ZoneData, learned: ZoneModel) -> None:
    model = learned
    day = slice(LEARNED, LEARNED + 2 * DAY)
    heat = lived_in.heat.copy()
    heat[day] = 300.0
    cold = ZoneData(lived_in.times, lived_in.indoor, lived_in.outdoor, heat)
    warm = model.forecast(lived_in, np.array([LEARNED])).indoor[0, -1]
    assert model.forecast(cold, np.array([LEARNED])).indoor[0, -1] < warm - 1.0


def test_too_short_a_history_is_refused_in_words(lived_in: ZoneData) -> None:
    with pytest.raises(UnusableHistoryError, match="36 h"):
        learn_zone(lived_in.part(100))


def test_uneven_samples_come_onto_equal_steps() -> None:
    times = np.array([0.0, 600, 1200, 1800, 3000, 3600])
    raw = ZoneData(times, np.array([20.0, 20.1, np.nan, 20.3, 20.5, 20.6]), times * 0, np.full(6, 100.0))
    even = on_equal_steps(raw)
    assert even.step == 600
    np.testing.assert_allclose(even.indoor, [20.0, 20.1, 20.2, 20.3, 20.4, 20.5, 20.6])


def test_the_track_prints_totals_and_files_and_writes_predictions(lived_in: ZoneData, tmp_path: Path) -> None:
    columns = {
        "time_s": lived_in.times,
        "indoor_c": lived_in.indoor,
        "outdoor_c": lived_in.outdoor,
        "heat_w": lived_in.heat,
    }
    write_table(tmp_path / "data" / "one.csv", columns)
    figures = run_track("zone", tmp_path / "data", tmp_path / "out")
    assert figures["rmse_24h_k"] == figures["one.csv rmse_24h_k"] < 0.3
    written = np.genfromtxt(tmp_path / "out" / "one.csv", delimiter=",", names=True)
    assert written.dtype.names == ("start_s", "time_s", "indoor_c", "low", "high")
    ahead = written["time_s"] - written["start_s"]
    assert ahead.min() == 900
    assert ahead.max() == 86_400
