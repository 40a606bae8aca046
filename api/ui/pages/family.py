"""One family, at one site or all: every asset with its main values and its state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from analytics.alarms.alarm import Alarm
from api.parts import Parts
from api.services import plant as plant_service
from api.services import readings as reading_service
from api.services.alarms import AlarmQuery
from api.services.plant import AssetFilter
from api.ui.alarm_data import alarms, loud
from api.ui.frame import frame
from api.ui.html import h, join
from api.ui.icons import icon
from api.ui.live import Region
from api.ui.marks import priority_mark, worst
from api.ui.values import is_stale, shown
from api.ui.visitor import Visitor
from config.plant import PlantAsset

MAIN_VALUES = 2


def family_page(parts: Parts, visitor: Visitor, family: str, site: str | None) -> None:
    """Draw the page."""
    crumbs = [(visitor.say("campus"), "/")]
    with frame(visitor, f"/family/{family}", visitor.say(family), crumbs):
        Region(lambda: draw(parts, visitor, family, site), every_s=5)


def draw(parts: Parts, visitor: Visitor, family: str, site: str | None) -> Markup:
    """Filters by site, then the assets by kind."""
    assets = plant_service.chosen_assets(parts, visitor.user, AssetFilter(site=site, family=family))
    wrong: dict[str, list[Alarm]] = defaultdict(list)
    for alarm in loud(alarms(parts, visitor, AlarmQuery(site=site, family=family))):
        wrong[alarm.asset].append(alarm)
    newest = _newest(parts, visitor, assets)
    kinds: dict[str, list[PlantAsset]] = defaultdict(list)
    for asset in assets:
        kinds[asset.kind.kind].append(asset)
    sections = [_section(parts, visitor, members, wrong, newest) for members in kinds.values()]
    empty = None if sections else h("div", visitor.say("not_found"), class_="empty")
    return join(_sites(parts, visitor, family, site), *sections, empty)


def _sites(parts: Parts, visitor: Visitor, family: str, site: str | None) -> Markup:
    scope: list[tuple[str | None, str]] = [(None, visitor.say("all"))]
    scope += [(s, visitor.text(entry.title)) for s, entry in parts.plant.files.sites.items()]
    chips = [
        h(
            "a",
            words,
            class_="chip",
            href=f"/family/{family}" + (f"?site={s}" if s else ""),
            aria_current="true" if s == site else None,
        )
        for s, words in scope
    ]
    return h("div", *chips, class_="filters")


def _newest(parts: Parts, visitor: Visitor, assets: Sequence[PlantAsset]) -> dict[int, tuple[float, int]]:
    if not assets:
        return {}
    batch = reading_service.latest(parts, visitor.user, [a.id for a in assets], [])
    columns = zip(batch.point.tolist(), batch.value.tolist(), batch.time.tolist(), strict=True)
    return {point: (value, time) for point, value, time in columns}


def _section(
    parts: Parts,
    visitor: Visitor,
    members: Sequence[PlantAsset],
    wrong: Mapping[str, list[Alarm]],
    newest: Mapping[int, tuple[float, int]],
) -> Markup:
    now_ns = parts.clock.now_ns()
    tiles = [_tile(visitor, a, wrong.get(a.id, []), newest, now_ns) for a in members]
    title = h("h2", visitor.text(members[0].kind.title), " ", h("span", str(len(members)), class_="fine"))
    return join(title, h("div", *tiles, class_="grid"))


def _tile(
    visitor: Visitor,
    asset: PlantAsset,
    wrong: Sequence[Alarm],
    newest: Mapping[int, tuple[float, int]],
    now_ns: int,
) -> Markup:
    shown_points = [p for p in asset.points.values() if p.type == "number" and p.number in newest]
    values = []
    for point in shown_points[:MAIN_VALUES]:
        value, time = newest[point.number]
        words = h("span", visitor.text(point.title), " ", class_="fine")
        values.append(h("div", words, shown(point, value, stale=is_stale(point, time, now_ns))))
    if not values:
        values.append(h("div", visitor.say("never"), class_="fine"))
    bad = worst({a.priority: 1 for a in wrong})
    mark = h("div", priority_mark(bad, visitor.language, len(wrong)), class_="state") if bad else None
    top = h("div", icon(asset.family), h("h3", visitor.text(asset.title)), class_="top")
    style = f"card tile {f'bad-{bad}' if bad else ''}".strip()
    return h("a", top, *values, mark, class_=style, href=f"/assets/{asset.id}")
