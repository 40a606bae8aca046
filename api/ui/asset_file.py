"""An asset's file: what it is, where it stands, what feeds it, its parameters and its maintenance."""

from __future__ import annotations

from markupsafe import Markup

from api.ui.html import Child, h, join
from api.ui.visitor import Visitor
from config.durations import format_duration
from config.kind import MaintenancePlan
from config.plant import Plant, PlantAsset

UNPROVEN_MARKS = ("E", "M")


def asset_file(plant: Plant, visitor: Visitor, asset: PlantAsset) -> Markup:
    """The file as three parts."""
    parts = (_nature(plant, visitor, asset), _parameters(visitor, asset), _maintenance(visitor, asset))
    return h("div", *parts, class_="stack")


def _nature(plant: Plant, visitor: Visitor, asset: PlantAsset) -> Markup:
    entry = asset.entry
    space = plant.files.spaces.get(asset.site, {}).get(entry.space)
    facts: list[tuple[str, Child]] = [
        ("kind", visitor.text(asset.kind.title)),
        ("place", visitor.text(space.title) if space else entry.space),
        ("fed_by", _links(plant, visitor, asset.fed_by)),
        ("feeds", _links(plant, visitor, plant.feeds.get(asset.id, []))),
        ("maker", " ".join(n for n in (entry.manufacturer, entry.model) if n) or None),
        ("serial", entry.serial),
        ("installed", entry.installed.isoformat() if entry.installed else None),
        ("warranty", entry.warranty_until.isoformat() if entry.warranty_until else None),
        ("price", f"{entry.price:,.0f}" if entry.price else None),
    ]
    return _part(visitor.say("its_file"), _facts(visitor, facts))


def _parameters(visitor: Visitor, asset: PlantAsset) -> Markup | None:
    pairs = [
        join(h("dt", visitor.text(p.title)), h("dd", f"{asset.parameters[name]:g} {p.unit}", class_="num"))
        for name, p in asset.kind.parameters.items()
    ]
    return _part(visitor.say("parameters"), h("dl", *pairs, class_="facts")) if pairs else None


def _maintenance(visitor: Visitor, asset: PlantAsset) -> Markup:
    lines = [_plan(visitor, plan) for plan in asset.kind.maintenance.values()]
    return _part(visitor.say("maintenance"), *lines)


def _plan(visitor: Visitor, plan: MaintenancePlan) -> Markup:
    basis = format_duration(plan.every) if plan.every else ""
    basis = basis or (f"{plan.every_hours:g} h" if plan.every_hours else f"{plan.every_cycles or 0:g} ×")
    due = plan.when or visitor.say("every", what=basis)
    unproven = visitor.say("default_no_standard") if plan.mark in UNPROVEN_MARKS else plan.source
    return h("p", visitor.text(plan.title), " ", h("span", due, " · ", unproven, class_="fine"))


def _links(plant: Plant, visitor: Visitor, ids: tuple[str, ...] | list[str]) -> Child:
    if not ids:
        return None
    named = [h("a", visitor.text(plant.assets[i].title), href=f"/assets/{i}", class_="plain") for i in ids]
    return join(*(join(", " if n else "", link) for n, link in enumerate(named)))


def _facts(visitor: Visitor, facts: list[tuple[str, Child]]) -> Markup:
    pairs = [join(h("dt", visitor.say(word)), h("dd", value)) for word, value in facts if value]
    return h("dl", *pairs, class_="facts")


def _part(title: str, *children: Child) -> Markup:
    return h("section", h("h3", title), h("div", *children, style="margin-top:8px"), class_="card")
