"""Plays a fault on its own beforehand, to know whether its alarm will follow soon."""

from __future__ import annotations

import numpy as np

from collector.reading import ReadingBatch
from config.clock import SECOND
from config.expression import Column, ExpressionError, compile_expression
from config.kind import AlarmRule
from config.plant import Plant, PlantAsset
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s

_STEP_NS = 5 * SECOND
_LONGEST_DELAY_NS = 60 * SECOND


def raises_soon(plant: Plant, planted: PlantedFault, within_ns: int, seed: int = 0) -> bool:
    """Whether one of the fault's alarms follows within a time of its onset, by what the asset reports.

    Rules that look back in time, use derived points or have a long on-delay are not tried. Nothing outside
    the asset's own kind takes part. `seed`: that of the fleet that it is played for.
    """
    asset = plant.assets[planted.asset]
    rules = [asset.kind.alarms[rule] for rule in asset.kind.simulation.faults[planted.fault].raises]
    quick = [rule for rule in rules if rule.on_delay <= _LONGEST_DELAY_NS]
    if not quick:
        return False
    fleet = Fleet(plant, seed, Scenario([planted]), only={asset.kind.kind}, lively=True)
    times = np.arange(planted.onset_ns - 2 * _STEP_NS, planted.onset_ns + within_ns, _STEP_NS, dtype=np.int64)
    first = fleet.advance(times[:1] - _STEP_NS, _STEP_NS, everything=True)
    spoken, columns = _held(asset, ReadingBatch.concat([first, fleet.advance(times, _STEP_NS)]))
    return any(_follows(rule, spoken, columns, planted.onset_ns) for rule in quick)


def _held(asset: PlantAsset, batch: ReadingBatch) -> tuple[Int64s, dict[str, Column | float]]:
    """The moments at which the asset reported something, and every point held until its next report."""
    numbers = {name: asset.points[name].number for name in asset.kind.points}
    spoken = np.unique(batch.time[np.isin(batch.point, list(numbers.values()))])
    columns: dict[str, Column | float] = dict(asset.parameters)
    for name, number in numbers.items():
        mine = batch.point == number
        row = np.searchsorted(batch.time[mine], spoken, side="right") - 1
        values: Float64s = np.append(batch.value[mine], np.nan)
        columns[name] = values[row]
    return spoken, columns


def _follows(rule: AlarmRule, spoken: Int64s, columns: dict[str, Column | float], onset: int) -> bool:
    """Whether the condition is false before the onset, then true for as long as the on-delay."""
    try:
        condition = np.broadcast_to(_condition(rule, columns), spoken.shape)
    except ExpressionError:
        return False
    if condition[spoken < onset].any() or not condition[-1]:
        return False
    since = int(spoken[~condition][-1]) if (~condition).any() else onset
    first_true = int(spoken[spoken > since][0])
    return int(spoken[-1]) - first_true >= rule.on_delay


def _condition(rule: AlarmRule, columns: dict[str, Column | float]) -> Bools:
    known = frozenset(columns)
    limit = rule.above if rule.above is not None else rule.below if rule.below is not None else rule.equals
    sign = ">" if rule.above is not None else "<" if rule.below is not None else "=="
    text = rule.when if rule.when is not None else f"({rule.point}) {sign} ({limit})"
    condition: Bools = np.asarray(compile_expression(text, known).evaluate(columns), dtype=np.bool_)
    if rule.enabled_by is not None:
        enabled = np.asarray(compile_expression(rule.enabled_by, known).evaluate(columns))
        condition = condition & (enabled != 0)
    return condition
