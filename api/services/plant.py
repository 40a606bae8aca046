"""What stands where: sites, kinds, assets and points, as far as the user may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.pages import Page, Paging, page_of
from api.parts import Parts
from api.problems import unknown
from api.rights import Action, User
from api.services.permission import asset_for, require, visible
from config.facility_model import Site
from config.kind import Kind
from config.plant import PlantAsset, PlantPoint


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """Which assets are wanted; None: all."""

    site: str | None = None
    family: str | None = None
    kind: str | None = None


def sites(parts: Parts, user: User, paging: Paging) -> Page[tuple[str, Site]]:
    """Site ids with their entries."""
    scope = require(user, Action.SEE_PLANT)
    seen = [(i, s) for i, s in parts.plant.files.sites.items() if scope.covers_site(i)]
    return page_of(seen, paging, lambda entry: entry[0])


def kinds(parts: Parts, user: User, paging: Paging) -> Page[Kind]:
    """All kinds of equipment: knowledge, not property, so everybody signed in sees them."""
    require(user, Action.SEE_PLANT)
    return page_of(list(parts.plant.kinds.values()), paging, lambda kind: kind.kind)


def assets(parts: Parts, user: User, wanted: AssetFilter, paging: Paging) -> Page[PlantAsset]:
    """Assets by id."""
    return page_of(chosen_assets(parts, user, wanted), paging, lambda asset: asset.id)


def chosen_assets(parts: Parts, user: User, wanted: AssetFilter) -> list[PlantAsset]:
    """All assets that pass the filter and that the user may see."""
    plant = parts.plant
    _known("site", wanted.site, list(plant.files.sites))
    _known("kind", wanted.kind, list(plant.kinds))
    seen = visible(plant, require(user, Action.SEE_PLANT))
    return [
        a
        for a in seen
        if wanted.site in (None, a.site)
        and wanted.family in (None, a.family)
        and wanted.kind in (None, a.kind.kind)
    ]


def asset(parts: Parts, user: User, asset_id: str) -> PlantAsset:
    """One asset."""
    return asset_for(parts.plant, user, Action.SEE_PLANT, asset_id)


def points(
    parts: Parts, user: User, wanted: AssetFilter, paging: Paging, asset_id: str | None = None
) -> Page[PlantPoint]:
    """Points by id: of one asset, or of all that pass the filter."""
    holders = [asset(parts, user, asset_id)] if asset_id else chosen_assets(parts, user, wanted)
    seen = [p for a in holders for p in a.points.values()]
    return page_of(seen, paging, lambda point: point.id)


def _known(what: str, name: str | None, valid: Sequence[str]) -> None:
    if name is not None and name not in valid:
        raise unknown(what, name, valid)
