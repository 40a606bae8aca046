"""Plays a fault on its own beforehand, to know whether its alarm will follow soon."""

from __future__ import annotations

import numpy as np

from config.clock import SECOND
from config.expression import ExpressionError, compile_expression
from config.kind import AlarmRule, Expression
from config.plant import Plant, PlantAsset
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario
from device_sim.signals import Bools, Float64s

_STEP_NS = 5 * SECOND
_LONGEST_DELAY_NS = 60 * SECOND


def raises_soon(plant: Plant, planted: PlantedFault, within_ns: int) -> bool:
    """Whether an alarm rule on a state point, with a short on-delay, follows within a time of the onset.

    Only rules that compare a state with a limit are tried: a state is reported the moment it changes, so that
    nothing has to be waited for. Nothing outside the asset's own kind takes part.
    """
    asset = plant.assets[planted.asset]
    rules = [asset.kind.alarms[rule] for rule in asset.kind.simulation.faults[planted.fault].raises]
    quick = [rule for rule in rules if _is_quick(asset, rule)]
    if not quick:
        return False
    fleet = Fleet(plant, scenario=Scenario([planted]), only={asset.kind.kind})
    times = np.arange(planted.onset_ns - 4 * _STEP_NS, planted.onset_ns + within_ns, _STEP_NS, dtype=np.int64)
    column = fleet.squads[asset.kind.kind].assets.index(asset)
    moved = fleet.move(times, _STEP_NS)[asset.kind.kind]
    values: dict[str, Float64s | float] = dict(asset.parameters)
    values |= {name: table[:, column] for name, table in moved.items()}
    return any(_holds(rule, values, times < planted.onset_ns) for rule in quick)


def _is_quick(asset: PlantAsset, rule: AlarmRule) -> bool:
    point = asset.kind.points.get(rule.point or "")
    return point is not None and point.type == "bool" and rule.on_delay <= _LONGEST_DELAY_NS


def _holds(rule: AlarmRule, values: dict[str, Float64s | float], before: Bools) -> bool:
    """Whether the condition is false before the onset and true for longer than its delay at the end."""
    try:
        condition = _condition(rule, values)
    except ExpressionError:
        return False
    steps = rule.on_delay // _STEP_NS + 1
    return not condition[before].any() and bool(condition[-steps:].all())


def _condition(rule: AlarmRule, values: dict[str, Float64s | float]) -> Bools:
    known = frozenset(values)
    point = np.asarray(values[rule.point or ""])

    def limit(expression: Expression) -> Float64s:
        return np.asarray(compile_expression(expression, known).evaluate(values))

    if rule.equals is not None:
        condition = point == rule.equals
    elif rule.above is not None:
        condition = point > limit(rule.above)
    else:
        condition = point < limit(rule.below if rule.below is not None else -np.inf)
    if rule.enabled_by is not None:
        condition = condition & (limit(rule.enabled_by) != 0)
    held: Bools = np.broadcast_to(condition, point.shape)
    return held
