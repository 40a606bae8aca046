"""History charts: lines of one or more points over time, with the normal band behind and alarms marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from collector.stores.base import Aggregates
from config.clock import SECOND
from config.plant import PlantPoint

_MILLISECOND = 1_000_000
GAP_WINDOWS = 3
"""So many windows without a reading break the line: a gap must look like one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: UTC ns and values, None where the line breaks."""

    name: str
    times_ns: list[int]
    values: list[float | None]
    step: bool = False


def line_of(point: PlantPoint, name: str, found: Aggregates, window_ns: int) -> Line:
    """The windows' means of one point, broken at gaps."""
    mine = found.point == point.number
    starts, means = found.window[mine], found.mean[mine]
    gaps = np.flatnonzero(np.diff(starts) > GAP_WINDOWS * max(window_ns, point.interval_ns))
    starts = np.insert(starts, gaps + 1, starts[gaps] + window_ns)
    values = np.insert(np.round(means, point.decimals + 1), gaps + 1, np.nan)
    shown = [None if np.isnan(v) else float(v) for v in values]
    return Line(name, starts.tolist(), shown, step=point.type == "bool")


def options(
    lines: Sequence[Line],
    unit: str,
    zone: str,
    *,
    band: tuple[float, float] | None = None,
    limit: float | None = None,
    marks: Sequence[tuple[int, int]] = (),
    span: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """ECharts options, times in the site's zone. band: normal range; limit: a line to cross.

    marks: (from, to) in ns of past alarms.
    """
    series = [_series(line, zone, first=index == 0) for index, line in enumerate(lines)]
    if series:
        _lay_behind(series[0], band, limit, [(local_ms(a, zone), local_ms(b, zone)) for a, b in marks])
    time_axis: dict[str, Any] = {"type": "time", "axisLine": {"show": False}, "axisTick": {"show": False}}
    if span is not None:
        time_axis |= {"min": local_ms(span[0], zone), "max": local_ms(span[1], zone)}
    return {
        "animation": False,
        "useUTC": True,
        "grid": {
            "left": 8,
            "right": 16,
            "top": 34 if len(lines) > 1 else 26,
            "bottom": 8,
            "containLabel": True,
        },
        "tooltip": {"trigger": "axis", "confine": True},
        "legend": {"show": len(lines) > 1, "top": 0, "left": 0, "icon": "roundRect", "itemHeight": 3},
        "xAxis": time_axis,
        "yAxis": {
            "type": "value",
            "scale": True,
            "name": unit,
            "nameLocation": "end",
            "nameTextStyle": {"align": "left"},
            "splitLine": {"lineStyle": {"color": "#8885", "width": 0.5}},
        },
        "series": series,
        "color": ["#2f7f8a", "#b3762b", "#6a5f9e", "#7a8a3a", "#a0527a", "#50606a"],
    }


def _series(line: Line, zone: str, *, first: bool) -> dict[str, Any]:
    return {
        "type": "line",
        "name": line.name,
        "showSymbol": False,
        "step": "end" if line.step else False,
        "lineStyle": {"width": 1.6 if first else 1.3},
        "data": [[local_ms(t, zone), v] for t, v in zip(line.times_ns, line.values, strict=True)],
    }


def _lay_behind(
    series: dict[str, Any],
    band: tuple[float, float] | None,
    limit: float | None,
    marks: Sequence[tuple[int, int]],
) -> None:
    areas: list[list[dict[str, Any]]] = []
    if band is not None:
        areas.append([{"yAxis": band[0], "itemStyle": {"color": "#7a8a8f1c"}}, {"yAxis": band[1]}])
    for start, end in marks:
        tint = {"color": "#b04a0024"}
        areas.append([{"xAxis": start, "itemStyle": tint}, {"xAxis": end}])
    if areas:
        series["markArea"] = {"silent": True, "data": areas}
    if limit is not None:
        series["markLine"] = {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "#b04a00", "type": "dashed"},
            "data": [{"yAxis": limit}],
        }


def local_ms(time_ns: int, zone: str) -> int:
    """The site's wall clock as if it were UTC, in ms: charts show it whatever the browser's zone is."""
    moment = datetime.fromtimestamp(time_ns // SECOND, ZoneInfo(zone))
    offset = moment.utcoffset() or timedelta()
    return time_ns // _MILLISECOND + round(offset.total_seconds() * 1000)


def window_for(span_ns: int, interval_ns: int, cells: int = 480) -> int:
    """A window that gives at most so many cells, a whole number of the point's intervals or of minutes."""
    least = max(span_ns // cells, interval_ns, SECOND)
    for nice in (1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400):
        if nice * SECOND >= least:
            return nice * SECOND
    return -(-least // (86400 * SECOND)) * 86400 * SECOND
