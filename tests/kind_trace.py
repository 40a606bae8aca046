"""Plays a kind of equipment through virtual time and judges its alarm rules row by row.

Written apart from the product's analytics on purpose: windows and delays are done here the plain way, one row
after the other, so that kinds are tested against values that the product did not compute.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from collector.reading import Float64s, Int64s, ReadingBatch
from config.durations import parse_duration
from config.expression import compile_expression
from config.kind import AlarmRule, Kind
from config.loading import SHIPPED_KINDS, load_plant
from config.plant import Plant
from config.point_numbers import MemoryNumbers
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario

HOUR = 3600 * 10**9
DAY = 24 * HOUR


@dataclass(frozen=True)
class Trace:
    """What one asset reported, held until the next report: a row per step."""

    kind: Kind
    asset: str
    times: Int64s
    columns: dict[str, Float64s]


@dataclass(frozen=True)
class Raised:
    """An alarm as the plain rules see it; `cleared_ns` None: it has not cleared yet."""

    rule: str
    raised_ns: int
    cleared_ns: int | None


def small_plant(folder: Path, assets: Mapping[str, tuple[str, Sequence[str]]]) -> Plant:
    """A one-site plant: local id -> (kind, local ids that feed it); only the kinds it uses are read."""
    kinds, site = folder / "kinds-in-use", folder / "facility" / "north"
    kinds.mkdir(parents=True)
    site.mkdir(parents=True)
    for kind in {kind for kind, _ in assets.values()}:
        shutil.copy(SHIPPED_KINDS / f"{kind}.yaml", kinds)
    text = {"en": "North", "zh": "北区"}
    top = {"title": text, "sites": {"north": {"title": text, "latitude": 39.9, "longitude": 116.4}}}
    (site.parent / "facility.yaml").write_text(json.dumps(top))
    listed = [
        {"id": name, "kind": kind, "title": text, "space": "hall", "fed_by": [f"north/{f}" for f in feeders]}
        for name, (kind, feeders) in assets.items()
    ]
    (site / "assets.yaml").write_text(json.dumps({"spaces": {"hall": {"title": text}}, "assets": listed}))
    return load_plant(site.parent, MemoryNumbers(), shipped_kinds=kinds)


def of_one_kind(folder: Path, kind: str, count: int = 2) -> Plant:
    """A plant of `count` assets of one kind, `unit-0` and so on."""
    return small_plant(folder, {f"unit-{n}": (kind, ()) for n in range(count)})


def at(date: str) -> int:
    """UTC nanoseconds of a local (Beijing) date and time such as 2025-01-10T00:00."""
    local = dt.datetime.fromisoformat(date).replace(tzinfo=dt.timezone(dt.timedelta(hours=8)))
    return int(local.timestamp()) * 10**9


def play(
    plant: Plant,
    start_ns: int,
    days: float,
    step: str = "2m",
    faults: Sequence[PlantedFault] = (),
    *,
    seed: int = 7,
    chunk: int = 173,
) -> dict[str, Trace]:
    """Move the plant through `days`, `chunk` steps at a time, and give what each asset reported."""
    fleet = Fleet(plant, seed=seed, scenario=Scenario(tuple(faults)))
    step_ns = parse_duration(step)
    times = start_ns + np.arange(1, int(days * DAY / step_ns) + 1, dtype=np.int64) * step_ns
    parts: list[ReadingBatch] = []
    typed: dict[int, list[Float64s]] = {}
    for begin in range(0, len(times), chunk):
        stretch = times[begin : begin + chunk]
        for kind, values in fleet.move(stretch, step_ns).items():
            squad = fleet.squads[kind]
            parts.extend(squad.read(stretch, step_ns, values))
            for name, point in squad.kind.points.items():
                for column, asset in enumerate(squad.assets):
                    if point.role == "manual":
                        typed.setdefault(asset.points[name].number, []).append(values[name][:, column])
    reported = ReadingBatch.concat(parts)
    return {asset.id: _trace(plant, asset.id, times, reported, typed) for asset in plant.by_index}


def reported(plant: Plant, asset: str, batch: ReadingBatch) -> Trace:
    """What a batch holds of an asset: a row at every moment at which it reported something."""
    numbers = [point.number for point in plant.assets[asset].points.values()]
    times = np.unique(batch.time[np.isin(batch.point, numbers)])
    return _trace(plant, asset, times, batch, {})


def _trace(
    plant: Plant, asset: str, times: Int64s, reported: ReadingBatch, typed: dict[int, list[Float64s]]
) -> Trace:
    found = plant.assets[asset]
    columns: dict[str, Float64s] = {name: np.full(len(times), v) for name, v in found.parameters.items()}
    for name in found.kind.points:
        number = found.points[name].number
        if number in typed:
            columns[name] = np.concatenate(typed[number])
            continue
        mine = reported.point == number
        order = np.argsort(reported.time[mine], kind="stable")
        when, value = reported.time[mine][order], reported.value[mine][order]
        place = np.searchsorted(when, times, side="right") - 1
        columns[name] = np.where(place >= 0, value[np.maximum(place, 0)] if len(value) else np.nan, np.nan)
    known = set(columns)
    for name, derived in found.kind.derived.items():
        value = compile_expression(derived.expression, known).evaluate(columns, PlainWindows(times))
        value = np.broadcast_to(value, times.shape).astype(np.float64)
        if derived.when is not None:
            valid = compile_expression(derived.when, known).evaluate(columns, PlainWindows(times))
            value = np.where(valid, value, np.nan)
        columns[name] = value
        known.add(name)
    return Trace(found.kind, asset, times, columns)


class PlainWindows:
    """Window functions, one row after the other over the rows not older than the window."""

    def __init__(self, times: Int64s) -> None:
        self._times = times

    def window(self, function: str, values: Float64s, window_ns: int, key: str) -> Float64s:
        """The function over the trailing window at every row."""
        values = np.broadcast_to(values, self._times.shape).astype(np.float64)
        first = np.searchsorted(self._times, self._times - window_ns)
        answer = getattr(self, f"_{function}")
        rows = range(len(values))
        return np.array([answer(values[first[i] : i + 1], self._times[first[i] : i + 1]) for i in rows])

    def _mean(self, values: Float64s, times: Int64s) -> float:
        known = values[~np.isnan(values)]
        return float(known.mean()) if len(known) else np.nan

    def _minimum(self, values: Float64s, times: Int64s) -> float:
        return float(np.fmin.reduce(values))

    def _maximum(self, values: Float64s, times: Int64s) -> float:
        return float(np.fmax.reduce(values))

    def _change(self, values: Float64s, times: Int64s) -> float:
        return float(values[-1] - values[0])

    def _increase(self, values: Float64s, times: Int64s) -> float:
        return float(np.maximum(np.diff(values[~np.isnan(values)]), 0.0).sum())

    def _starts(self, values: Float64s, times: Int64s) -> float:
        return float(np.count_nonzero((values[1:] > 0) & ~(values[:-1] > 0)))

    def _hours_true(self, values: Float64s, times: Int64s) -> float:
        return float((np.diff(times) * (values[:-1] > 0)).sum() / HOUR)

    def _deviation(self, values: Float64s, times: Int64s) -> float:
        return float(np.nanstd(values))

    def _since_true(self, values: Float64s, times: Int64s) -> float:
        seen = times[values > 0]
        return float(times[-1] - (seen[-1] if len(seen) else times[0])) / 1e9


def alarms(trace: Trace, rule: str) -> list[Raised]:
    """Every alarm of a rule over the trace; latching is left out, so that clearing can be seen."""
    model = trace.kind.alarms[rule]
    begins, stays = _conditions(trace, model)
    found: list[Raised] = []
    since: int | None = None
    gone: int | None = None
    for row, now in enumerate(trace.times.tolist()):
        up = found and found[-1].cleared_ns is None
        true = bool(stays[row] if up or since is not None else begins[row])
        if not up:
            since = (now if since is None else since) if true else None
            if since is not None and now - since >= model.on_delay:
                found.append(Raised(rule, now, None))
                since, gone = None, None
        else:
            gone = None if true else (now if gone is None else gone)
            if gone is not None and now - gone >= model.off_delay:
                found[-1] = Raised(rule, found[-1].raised_ns, now)
    return found


def _conditions(trace: Trace, rule: AlarmRule) -> tuple[np.ndarray, np.ndarray]:
    """Per row: does the condition begin to hold, and does it go on holding (deadband)?"""
    shape = trace.times.shape

    def value(text: float | str) -> np.ndarray:
        compiled = compile_expression(text, set(trace.columns))
        return np.broadcast_to(compiled.evaluate(trace.columns, PlainWindows(trace.times)), shape)

    if rule.when is not None:
        begins = stays = value(rule.when).astype(bool)
    else:
        assert rule.point is not None
        point = trace.columns[rule.point]
        if rule.above is not None:
            begins, stays = point > value(rule.above), point > value(rule.above) - rule.deadband
        elif rule.below is not None:
            begins, stays = point < value(rule.below), point < value(rule.below) + rule.deadband
        else:
            begins = stays = point == rule.equals
    enabled = value(rule.enabled_by).astype(bool) if rule.enabled_by is not None else np.ones(shape, bool)
    return begins & enabled, stays & enabled


def all_alarms(trace: Trace) -> list[Raised]:
    """Every alarm of every rule."""
    return [raised for rule in trace.kind.alarms for raised in alarms(trace, rule)]
