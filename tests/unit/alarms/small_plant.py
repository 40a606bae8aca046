"""A plant small enough to read in a test: kinds written as Python, assets named in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from config.expression import compile_expression
from config.facility_model import Asset, FacilityFiles
from config.kind import Kind
from config.plant import Plant, PlantAsset, PlantPoint


def text(words: str) -> dict[str, str]:
    return {"en": words, "zh": f"{words}（中）"}


def point(interval: str = "1m", low: float = -50, high: float = 200, **more: Any) -> dict[str, Any]:
    return {"title": text("Point"), "unit": "°C", "plausible": [low, high], "interval": interval, **more}


def rule(**more: Any) -> dict[str, Any]:
    words = {key: text(key) for key in ("title", "cause", "guidance", "consequence")}
    return {**words, "priority": "high", "source": "a test", "mark": "E", **more}


def derived(expression: str, **more: Any) -> dict[str, Any]:
    return {"title": text("Derived"), "unit": "K", "expression": expression, **more}


def kind(
    name: str,
    points: Mapping[str, Any],
    alarms: Mapping[str, Any],
    *,
    derived: Mapping[str, Any] | None = None,
    family: str = "boiler",
    parameters: Mapping[str, float] | None = None,
) -> Kind:
    given = {
        key: {"title": text(key), "unit": "", "value": value} for key, value in (parameters or {}).items()
    }
    symptom = {"name": "sign", "title": text("sign"), "when": "1 > 0", "likelihood": 0.9, "background": 0.1}
    fault = {"title": text("fault"), "prior": 0.1, "symptoms": [symptom], "first_checks": [text("look")]}
    plan = {"title": text("plan"), "basis": "calendar", "every": "30d", "skill": "any", "minutes": 5}
    planted = {"title": text("planted")}
    return Kind.model_validate(
        {
            "kind": name,
            "family": family,
            "title": text(name),
            "parameters": given,
            "points": dict(points),
            "derived": dict(derived or {}),
            "alarms": dict(alarms),
            "faults": {"broken": fault | {"consequence": text("bad")}},
            "maintenance": {"look": plan | {"checklist": [text("look")], "source": "a test", "mark": "E"}},
            "simulation": {"faults": {"one": planted, "two": planted}},
        }
    )


@dataclass(frozen=True)
class Planted:
    """One asset of the small plant."""

    id: str
    kind: Kind
    fed_by: Sequence[str] = ()
    device: str | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    alarms: Mapping[str, Any] = field(default_factory=dict)


def plant(*planted: Planted) -> Plant:
    """Points are numbered from 1 in the order they are written."""
    number = iter(range(1, 1_000_000))
    assets = [_asset(index, one, number) for index, one in enumerate(planted)]
    sites = {a.site: {"title": text(a.site), "latitude": 40, "longitude": 116} for a in assets}
    files = FacilityFiles.model_validate(
        {"title": text("Small"), "sites": sites, "spaces": {s: {} for s in sites}, "assets": {}}
    )
    return Plant(files, {p.kind.kind: p.kind for p in planted}, assets)


def _asset(index: int, one: Planted, number: Any) -> PlantAsset:
    site, name = one.id.split("/")
    entry = Asset.model_validate(
        {
            "id": name,
            "kind": one.kind.kind,
            "title": text(name),
            "space": "hall",
            "fed_by": list(one.fed_by),
            "parameters": dict(one.parameters),
            "alarms": {key: {"reason": "a test", **value} for key, value in one.alarms.items()},
        }
    )
    names = {*one.kind.points, *one.kind.derived, *one.kind.parameters}
    for expression in (d.expression for d in one.kind.derived.values()):
        compile_expression(expression, names)
    points = {
        key: PlantPoint(
            number=next(number),
            id=f"{one.id}/{key}",
            asset=one.id,
            name=key,
            title=p.title,
            unit=p.unit,
            role=getattr(p, "role", None),
            type=getattr(p, "type", "number"),
            plausible=p.plausible or (float("-inf"), float("inf")),
            normal=p.normal,
            interval_ns=getattr(p, "interval", 60 * 10**9),
            lateness_ns=getattr(p, "lateness", 600 * 10**9),
            decimals=p.decimals,
        )
        for key, p in [*one.kind.points.items(), *one.kind.derived.items()]
    }
    defaults = {key: p.value for key, p in one.kind.parameters.items()}
    return PlantAsset(
        index=index,
        id=one.id,
        site=site,
        kind=one.kind,
        entry=entry,
        device=one.device or one.id,
        fed_by=tuple(one.fed_by),
        parameters={**defaults, **one.parameters},
        points=points,
    )
