"""Shapes of sites, kinds, assets and points."""

from __future__ import annotations

import datetime as dt
import math

from api.schemas.common import Shape
from api.services.overview import Group
from config.facility_model import Site
from config.kind import Kind
from config.plant import PlantAsset, PlantPoint
from config.text import Language


class SiteShape(Shape):
    id: str
    name: str
    time_zone: str
    latitude: float
    longitude: float
    country: str

    @classmethod
    def of(cls, entry: tuple[str, Site], language: Language) -> SiteShape:
        key, site = entry
        return cls(
            id=key,
            name=site.title.say(language),
            time_zone=site.time_zone,
            latitude=site.latitude,
            longitude=site.longitude,
            country=site.country,
        )


class RuleShape(Shape):
    """An alarm rule of a kind, with where its limit comes from."""

    name: str
    title: str
    priority: str
    guidance: str
    source: str
    mark: str


class KindShape(Shape):
    id: str
    family: str
    name: str
    icon: str
    points: list[str]
    alarms: list[RuleShape]

    @classmethod
    def of(cls, kind: Kind, language: Language) -> KindShape:
        rules = [
            RuleShape(
                name=name,
                title=rule.title.say(language),
                priority=rule.priority,
                guidance=rule.guidance.say(language),
                source=rule.source,
                mark=rule.mark,
            )
            for name, rule in kind.alarms.items()
        ]
        names = [*kind.points, *kind.derived]
        title = kind.title.say(language)
        return cls(id=kind.kind, family=kind.family, name=title, icon=kind.icon, points=names, alarms=rules)


class PointShape(Shape):
    """A measured or derived quantity; `plausible` and `normal` are [low, high], None: no bound."""

    id: str
    asset: str
    point: str
    name: str
    unit: str
    role: str
    type: str
    plausible: tuple[float | None, float | None]
    normal: tuple[float, float] | None
    interval_s: float
    decimals: int

    @classmethod
    def of(cls, point: PlantPoint, language: Language) -> PointShape:
        low, high = (limit if math.isfinite(limit) else None for limit in point.plausible)
        return cls(
            id=point.id,
            asset=point.asset,
            point=point.name,
            name=point.title.say(language),
            unit=point.unit,
            role=point.role or "derived",
            type=point.type,
            plausible=(low, high),
            normal=point.normal,
            interval_s=point.interval_ns / 1e9,
            decimals=point.decimals,
        )


class AssetShape(Shape):
    id: str
    site: str
    kind: str
    family: str
    name: str
    space: str
    device: str
    fed_by: list[str]
    criticality: str

    @classmethod
    def of(cls, asset: PlantAsset, language: Language) -> AssetShape:
        return cls(**_asset_fields(asset, language))


class AssetDetail(AssetShape):
    """An asset with its file and its points."""

    feeds: list[str]
    manufacturer: str | None
    model: str | None
    serial: str | None
    installed: dt.date | None
    warranty_until: dt.date | None
    parameters: dict[str, float]
    points: list[PointShape]

    @classmethod
    def detail(cls, asset: PlantAsset, feeds: list[str], language: Language) -> AssetDetail:
        entry = asset.entry
        return cls(
            **_asset_fields(asset, language),
            feeds=feeds,
            manufacturer=entry.manufacturer,
            model=entry.model,
            serial=entry.serial,
            installed=entry.installed,
            warranty_until=entry.warranty_until,
            parameters=dict(asset.parameters),
            points=[PointShape.of(p, language) for p in asset.points.values()],
        )


def _asset_fields(asset: PlantAsset, language: Language) -> dict[str, object]:
    return {
        "id": asset.id,
        "site": asset.site,
        "kind": asset.kind.kind,
        "family": asset.family,
        "name": asset.title.say(language),
        "space": asset.entry.space,
        "device": asset.device,
        "fed_by": list(asset.fed_by),
        "criticality": asset.entry.criticality,
    }


class GroupShape(Shape):
    """One family at one site. `alarms`: those in view, by priority; `quiet`: kept from view."""

    site: str
    family: str
    assets: int
    alarms: dict[str, int]
    total: int
    unacknowledged: int
    quiet: int

    @classmethod
    def of(cls, group: Group) -> GroupShape:
        return cls(
            site=group.site,
            family=group.family,
            assets=group.assets,
            alarms=dict(group.alarms),
            total=group.total,
            unacknowledged=group.unacknowledged,
            quiet=group.quiet,
        )
