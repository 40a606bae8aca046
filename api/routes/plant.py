"""GET sites, kinds, assets, assets/{site}/{asset}, points, overview."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from api.answers import language_of
from api.auth import PlantViewer, Running
from api.schemas.common import ListOf, PagingQuery, Slug
from api.schemas.plant import AssetDetail, AssetShape, GroupShape, KindShape, PointShape, SiteShape
from api.services import overview as glance
from api.services import plant
from api.services.plant import AssetFilter
from config.kind import Family

router = APIRouter(tags=["plant"])
IdPart = Annotated[str, Path(max_length=63)]


def _filter(site: Slug | None = None, family: Family | None = None, kind: Slug | None = None) -> AssetFilter:
    return AssetFilter(site, family, kind)


FilterQuery = Annotated[AssetFilter, Depends(_filter)]


@router.get("/sites", summary="Sites")
def get_sites(parts: Running, user: PlantViewer, paging: PagingQuery, request: Request) -> ListOf[SiteShape]:
    page, language = plant.sites(parts, user, paging), language_of(request)
    return ListOf(items=[SiteShape.of(s, language) for s in page.items], next=page.next)


@router.get("/kinds", summary="Kinds of equipment")
def get_kinds(parts: Running, user: PlantViewer, paging: PagingQuery, request: Request) -> ListOf[KindShape]:
    page, language = plant.kinds(parts, user, paging), language_of(request)
    return ListOf(items=[KindShape.of(k, language) for k in page.items], next=page.next)


@router.get("/assets", summary="Assets")
def get_assets(
    parts: Running, user: PlantViewer, paging: PagingQuery, wanted: FilterQuery, request: Request
) -> ListOf[AssetShape]:
    page, language = plant.assets(parts, user, wanted, paging), language_of(request)
    return ListOf(items=[AssetShape.of(a, language) for a in page.items], next=page.next)


@router.get("/assets/{site}/{asset}", summary="One asset with its file and points")
def get_asset(
    site: IdPart, asset: IdPart, parts: Running, user: PlantViewer, request: Request
) -> AssetDetail:
    found = plant.asset(parts, user, f"{site}/{asset}")
    return AssetDetail.detail(found, parts.plant.feeds.get(found.id, []), language_of(request))


@router.get("/points", summary="Points")
def get_points(
    parts: Running,
    user: PlantViewer,
    paging: PagingQuery,
    wanted: FilterQuery,
    request: Request,
    *,
    asset: Annotated[str | None, Query(max_length=130)] = None,
) -> ListOf[PointShape]:
    page, language = plant.points(parts, user, wanted, paging, asset), language_of(request)
    return ListOf(items=[PointShape.of(p, language) for p in page.items], next=page.next)


@router.get("/overview", summary="What is wrong, by site and family")
def get_overview(parts: Running, user: PlantViewer) -> ListOf[GroupShape]:
    return ListOf(items=[GroupShape.of(g) for g in glance.overview(parts, user)])
