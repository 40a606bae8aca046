"""Houses with a measured heater (BOPTEST and real ones): indoor temperature a day ahead, with its band."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.benchmarks.files import Table, UnreadableDataError, expected, floats, table, texts
from analytics.benchmarks.runner import Figures, Task
from analytics.benchmarks.scoring import rmse
from analytics.heating.zone_data import DAY_S, UnusableHistoryError, ZoneData, on_equal_steps
from analytics.heating.zone_forecast import Bands, learn_zone
from collector.reading import Float64s, Int64s

COLUMNS = {"time_s", "indoor_c", "outdoor_c", "heat_w"}
SUN = "solar_w_m2"
_LEARNED = 0.6
_EVERY_S = 3 * 3600.0


class _House(NamedTuple):
    """Forecasts at the file's own times, one row per time and start."""

    begins: Float64s
    times: Float64s
    truth: Float64s
    bands: Bands


def run(task: Task) -> Figures:
    """Learn on the first 60 % of each file; from every 3 h of the rest forecast 24 h."""
    files = {name: table(text) for name, text in texts(task.data, ".csv")}
    usable = [name for name, columns in files.items() if columns.keys() >= COLUMNS]
    expected(usable, f"{task.data} holds no file with the columns {', '.join(sorted(COLUMNS))}")
    houses = {name: _forecast(name, files[name]) for name in usable}
    for name, house in houses.items():
        columns = {"start_s": house.begins, "time_s": house.times, "indoor_c": house.bands.indoor}
        task.predict(name, columns | {"low": house.bands.low, "high": house.bands.high})
    figures = _figures(list(houses.values()))
    for name, house in houses.items():
        figures |= {f"{name} {figure}": value for figure, value in _figures([house]).items()}
    return figures


def _forecast(name: str, columns: Table) -> _House:
    times, indoor, outdoor, heat = (floats(columns[c]) for c in ("time_s", "indoor_c", "outdoor_c", "heat_w"))
    raw = ZoneData(times, indoor, outdoor, heat, floats(columns[SUN]) if SUN in columns else None)
    learned_until = times[int(_LEARNED * len(times))]
    try:
        data = on_equal_steps(raw)
        first = int(np.searchsorted(data.times, learned_until))
        model = learn_zone(data.part(first))
    except UnusableHistoryError as reason:
        raise UnreadableDataError(f"{name}: {reason}") from reason
    starts = np.arange(first, len(data) - data.day, max(1, round(_EVERY_S / data.step)))
    expected(list(starts), f"{name}: the last 40 % of the file are shorter than a day")
    bands = model.forecast(data, starts)
    return _at_own_times(raw, data, starts, bands)


def _at_own_times(raw: ZoneData, data: ZoneData, starts: Int64s, bands: Bands) -> _House:
    begins, times, truths, rows = [], [], [], []
    for row, start in enumerate(data.times[starts]):
        within = (raw.times > start) & (raw.times <= start + DAY_S) & np.isfinite(raw.indoor)
        grid = data.times[starts[row] + 1 : starts[row] + data.day + 1]
        times.append(raw.times[within])
        truths.append(raw.indoor[within])
        begins.append(np.full(len(times[-1]), start))
        rows.append([np.interp(times[-1], grid, one[row]) for one in bands])
    joined = Bands(*(np.concatenate(column) for column in zip(*rows, strict=True)))
    return _House(np.concatenate(begins), np.concatenate(times), np.concatenate(truths), joined)


def _figures(houses: list[_House]) -> Figures:
    truth = np.concatenate([house.truth for house in houses])
    indoor, low, high = (np.concatenate([house.bands[at] for house in houses]) for at in range(3))
    inside = (truth >= low) & (truth <= high)
    return {"rmse_24h_k": rmse(truth, indoor), "coverage": float(inside.mean())}
