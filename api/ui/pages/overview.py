"""The campus at a glance: each site by family, and what is wrong, first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from analytics.alarms.alarm import Alarm
from api.parts import Parts
from api.problems import Problem
from api.services import plant as plant_service
from api.services import readings as reading_service
from api.services.plant import AssetFilter
from api.ui.alarm_data import alarms, loud
from api.ui.alarm_lines import alarm_lines, urgent_first
from api.ui.frame import FAMILIES, frame
from api.ui.html import h, join
from api.ui.icons import icon
from api.ui.live import Region
from api.ui.marks import PRIORITIES, flat_mark, priority_mark, worst
from api.ui.values import is_stale, shown
from api.ui.visitor import Visitor
from config.plant import PlantAsset

MOST_LINES = 8
_HEADLINES = (("weather_station", "outdoor_temp", "outdoor"), ("heat_meter", "power", "heat_now"))


def overview(parts: Parts, visitor: Visitor) -> None:
    """Draw the page."""
    with frame(visitor, "/", visitor.say("campus")):
        Region(lambda: draw(parts, visitor), every_s=5)


def draw(parts: Parts, visitor: Visitor) -> Markup:
    """What is wrong, then the sites."""
    now_ns = parts.clock.now_ns()
    urgent = urgent_first(loud(alarms(parts, visitor)))
    assets = plant_service.chosen_assets(parts, visitor.user, AssetFilter())
    more = (
        h("p", h("a", visitor.say("show_all", n=len(urgent)), class_="plain", href="/alarms"))
        if len(urgent) > MOST_LINES
        else None
    )
    return join(
        h("h2", visitor.say("wrong_first"), style="margin-top:0"),
        alarm_lines(urgent[:MOST_LINES], parts.plant, visitor, now_ns),
        more,
        *(_site(parts, visitor, site, assets, urgent) for site in parts.plant.files.sites),
    )


def _site(
    parts: Parts, visitor: Visitor, site: str, assets: Sequence[PlantAsset], urgent: Sequence[Alarm]
) -> Markup | None:
    here = [a for a in assets if a.site == site]
    if not here:
        return None
    title = visitor.text(parts.plant.files.sites[site].title)
    heading = h("h2", title, " ", h("span", _headline(parts, visitor, here), class_="fine"))
    nearby = [a for a in urgent if a.site == site]
    tiles = [_tile(parts, visitor, f, [a for a in here if a.family == f], nearby) for f in FAMILIES]
    return join(heading, h("div", *tiles, class_="grid"))


def _headline(parts: Parts, visitor: Visitor, assets: Sequence[PlantAsset]) -> Markup:
    """Outdoor temperature and heat, where the site measures them."""
    found = []
    for kind, name, word in _HEADLINES:
        points = [a.points[name] for a in assets if a.kind.kind == kind and name in a.points]
        if not points:
            continue
        try:
            batch = reading_service.latest(parts, visitor.user, [], [p.id for p in points])
        except Problem:
            continue
        if len(batch):
            value = float(np.mean(batch.value) if kind == "weather_station" else np.sum(batch.value))
            found.append(join("  ", visitor.say(word), " ", shown(points[0], value)))
    return join(*found)


def _tile(
    parts: Parts,
    visitor: Visitor,
    family: str,
    assets: Sequence[PlantAsset],
    nearby: Sequence[Alarm],
) -> Markup | None:
    if not assets:
        return None
    count = Counter(a.priority for a in nearby if a.family == family)
    marks = [priority_mark(p, visitor.language, count[p]) for p in PRIORITIES if count[p]]
    silent = silent_assets(parts, visitor, assets)
    if silent:
        marks.append(flat_mark(visitor.say("n_silent", n=silent)))
    state = h("div", *marks, None if marks else visitor.say("all_quiet"), class_="state")
    top = h("div", icon(family), h("h3", visitor.say(family)), class_="top")
    amount = h("div", visitor.say("n_assets", n=len(assets)), class_="fine")
    bad = worst(dict(count))
    return h(
        "a",
        top,
        state,
        amount,
        class_=f"card tile {f'bad-{bad}' if bad else ''}".strip(),
        href=f"/family/{family}?site={assets[0].site}",
    )


def silent_assets(parts: Parts, visitor: Visitor, assets: Sequence[PlantAsset]) -> int:
    """How many of the assets have not sent anything within their time; people's points do not count."""
    try:
        batch = reading_service.latest(parts, visitor.user, [a.id for a in assets], [])
    except Problem:
        return 0
    now_ns, newest = parts.clock.now_ns(), dict(zip(batch.point.tolist(), batch.time.tolist(), strict=True))
    return sum(not _speaks(asset, newest, now_ns) for asset in assets)


def _speaks(asset: PlantAsset, newest: dict[int, int], now_ns: int) -> bool:
    measured = [p for p in asset.points.values() if not p.derived and p.role != "manual"]
    if not measured:
        return True
    return any(p.number in newest and not is_stale(p, newest[p.number], now_ns) for p in measured)
