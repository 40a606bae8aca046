"""Finds the rule behind an alarm: the kinds' own rules with the asset's overrides, and the built-in ones."""

from __future__ import annotations

from analytics.alarms.builtin import BAD_DATA, NO_DATA, SYSTEM, SYSTEM_RULES
from analytics.alarms.facts import RuleFacts
from config.kind import AlarmRule, FaultModel
from config.plant import Plant, PlantAsset
from config.text import Text

FAULT = "fault"
"""Alarms of a diagnosis are named `fault.<fault>`."""
_BUILTIN = {rule.name: rule for rule in (NO_DATA, BAD_DATA)}


class RuleBook:
    """Looks a rule up by asset and name."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._found: dict[tuple[str, str], RuleFacts | None] = {}

    def find(self, asset_id: str, rule: str) -> RuleFacts | None:
        """The rule as it applies to the asset; None when no file and no part of the program knows it."""
        key = (asset_id, rule)
        if key not in self._found:
            self._found[key] = self._look_up(asset_id, rule)
        return self._found[key]

    def _look_up(self, asset_id: str, rule: str) -> RuleFacts | None:
        if asset_id.startswith(f"{SYSTEM}/"):
            part_rule = SYSTEM_RULES.get(rule)
            return part_rule.of_part(asset_id) if part_rule else None
        asset = self._plant.assets.get(asset_id)
        if asset is None:
            return None
        if rule in asset.kind.alarms:
            return _own_rule(asset, rule, asset.kind.alarms[rule])
        name, _, point = rule.partition(".")
        if name == FAULT and point in asset.kind.faults:
            return _of_fault(asset, rule, asset.kind.faults[point])
        builtin = _BUILTIN.get(name)
        if builtin is None or (point and point not in asset.points):
            return None
        return builtin.of_point(asset, point) if point else builtin.of_asset(asset)


def _own_rule(asset: PlantAsset, name: str, rule: AlarmRule) -> RuleFacts | None:
    override = asset.entry.alarms.get(name)
    if override is not None and override.disabled:
        return None
    priority = override.priority if override is not None else None
    delay = override.on_delay if override is not None else None
    return RuleFacts(
        asset=asset.id,
        site=asset.site,
        family=asset.family,
        kind=asset.kind.kind,
        rule=name,
        priority=priority or rule.priority,
        title=rule.title,
        cause=rule.cause,
        guidance=rule.guidance,
        consequence=rule.consequence,
        latched=rule.latched,
        realarm_ns=rule.realarm,
        on_delay_ns=rule.on_delay if delay is None else delay,
        suppressed_by_feeder=rule.suppressed_by_feeder,
    )


def _of_fault(asset: PlantAsset, rule: str, model: FaultModel) -> RuleFacts:
    """What no limit has seen yet: there is time to look at it, so it is not urgent."""
    checks = model.first_checks
    return RuleFacts(
        asset=asset.id,
        site=asset.site,
        family=asset.family,
        kind=asset.kind.kind,
        rule=rule,
        priority="low",
        title=model.title,
        cause=model.title,
        guidance=Text(en=" ".join(c.en for c in checks), zh="".join(c.zh for c in checks)),
        consequence=model.consequence,
    )
