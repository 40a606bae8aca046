"""One asset: its values now with their normal band, its history, its alarms, its file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from nicegui import run, ui

from analytics.alarms.alarm import Alarm
from api.parts import Parts
from api.services import plant as plant_service
from api.services import readings as reading_service
from api.services.alarms import AlarmQuery
from api.services.readings import Span
from api.ui import chart
from api.ui.alarm_data import alarms, loud
from api.ui.alarm_lines import alarm_lines, urgent_first
from api.ui.asset_file import asset_file
from api.ui.frame import frame
from api.ui.html import h
from api.ui.live import Region
from api.ui.marks import flat_mark
from api.ui.values import age, band, is_stale, shown
from api.ui.visitor import Visitor
from collector.reading import Quality
from config.clock import DAY
from config.plant import PlantAsset, PlantPoint

SPANS = {"day": DAY, "week": 7 * DAY, "months": 60 * DAY}
MOST_PAST = 6


def asset_page(parts: Parts, visitor: Visitor, asset_id: str) -> None:
    """Draw the page. Raises a 404 or 403 problem."""
    asset = plant_service.asset(parts, visitor.user, asset_id)
    site = parts.plant.files.sites[asset.site]
    crumbs = [
        (visitor.say("campus"), "/"),
        (
            f"{visitor.say(asset.family)} · {visitor.text(site.title)}",
            f"/family/{asset.family}?site={asset.site}",
        ),
    ]
    with frame(visitor, f"/family/{asset.family}", visitor.text(asset.title), crumbs):
        with ui.element("div").classes("two"):
            with ui.element("div").classes("stack"):
                _history(parts, visitor, asset)
                Region(lambda: draw_values(parts, visitor, asset), every_s=2)
            with ui.element("div").classes("stack"):
                Region(lambda: draw_alarms(parts, visitor, asset), every_s=3)
                ui.html(asset_file(parts.plant, visitor, asset), sanitize=False)


def draw_values(parts: Parts, visitor: Visitor, asset: PlantAsset) -> Markup:
    """The table of values now."""
    batch = reading_service.latest(parts, visitor.user, [asset.id], [])
    columns = (batch.point, batch.value, batch.time, batch.quality)
    newest = {p: (v, t, q) for p, v, t, q in zip(*(c.tolist() for c in columns), strict=True)}
    now_ns = parts.clock.now_ns()
    alarmed = alarmed_points(asset, loud(alarms(parts, visitor, AlarmQuery(asset=asset.id))))
    rows = [
        _row(visitor, p, newest.get(p.number), now_ns, alarmed=p.name in alarmed)
        for p in asset.points.values()
    ]
    words = [visitor.say(w) for w in ("quantity", "value", "normal_band", "age")]
    hidden = [None, None, "hide-small", None]
    head = h("tr", *(h("th", w, scope="col", class_=c) for w, c in zip(words, hidden, strict=True)))
    table = h("table", h("thead", head), h("tbody", *rows), class_="data")
    return h("section", h("h3", visitor.say("values")), h("div", table, class_="scroll"), class_="card")


def alarmed_points(asset: PlantAsset, found: Sequence[Alarm]) -> set[str]:
    """The points that open alarms of the asset are about."""
    rules = (asset.kind.alarms.get(a.rule) for a in found)
    return {rule.point for rule in rules if rule is not None and rule.point is not None}


def _row(
    visitor: Visitor,
    point: PlantPoint,
    newest: tuple[float, int, int] | None,
    now_ns: int,
    *,
    alarmed: bool,
) -> Markup:
    name = h("td", visitor.text(point.title))
    if newest is None:
        return h("tr", name, h("td", visitor.say("never"), class_="fine", colspan=3))
    value, time, quality = newest
    stale = is_stale(point, time, now_ns) and not point.derived
    remarks = [visitor.say("silent")] if stale and point.role != "manual" else []
    if quality != Quality.GOOD:
        remarks.append(visitor.say(Quality(quality).name.lower()))
    signs = [flat_mark(r) for r in remarks]
    return h(
        "tr",
        name,
        h("td", shown(point, value, stale=stale, alarmed=alarmed), " ", *signs),
        h("td", band(point, value), class_="hide-small"),
        h("td", age(time, now_ns, visitor.language), class_="fine"),
    )


def draw_alarms(parts: Parts, visitor: Visitor, asset: PlantAsset) -> Markup:
    """Open alarms first, then the latest past ones."""
    now_ns = parts.clock.now_ns()
    since = now_ns - SPANS["months"]
    found = alarms(parts, visitor, AlarmQuery(asset=asset.id, since_ns=since), 50)
    current = urgent_first([a for a in found if a.open])
    past = [a for a in found if not a.open]
    lines = alarm_lines([*current, *past[:MOST_PAST]], parts.plant, visitor, now_ns)
    return h("section", h("h3", visitor.say("its_alarms")), h("div", style="height:8px"), lines)


def chart_points(asset: PlantAsset) -> list[PlantPoint]:
    """Points worth a curve: numbers that a sensor or a formula gives, the measured ones first."""
    numbers = [p for p in asset.points.values() if p.type == "number" and p.role != "counter"]
    return sorted(numbers, key=lambda p: p.derived)


def _history(parts: Parts, visitor: Visitor, asset: PlantAsset) -> None:
    choices = {p.id: visitor.text(p.title) for p in chart_points(asset)}
    if not choices:
        return
    state: dict[str, Any] = {"point": next(iter(choices)), "span": "day"}

    async def redraw() -> None:
        found = await run.io_bound(curve, parts, visitor, asset, state["point"], SPANS[state["span"]])
        plot.options.clear()
        plot.options.update(found or {})
        plot.update()

    def choose(key: str, value: Any) -> Any:
        state[key] = value
        return redraw()

    with ui.element("section").classes("card"):
        ui.html(h("h3", visitor.say("history")), sanitize=False)
        with ui.row().classes("items-center"):
            ui.select(choices, value=state["point"], on_change=lambda e: choose("point", e.value)).props(
                f'dense outlined options-dense aria-label="{visitor.say("quantity")}"'
            )
            spans = {name: visitor.say(name) for name in SPANS}
            ui.toggle(spans, value="day", on_change=lambda e: choose("span", e.value)).props(
                "flat dense no-caps toggle-color=grey-8"
            )
        options = curve(parts, visitor, asset, state["point"], SPANS["day"])
        plot = ui.echart(options).style("height:300px;width:100%")
        ui.timer(60, redraw, immediate=False)


def curve(parts: Parts, visitor: Visitor, asset: PlantAsset, point_id: str, span_ns: int) -> dict[str, Any]:
    """The options of one point's history, alarms of the asset laid behind."""
    point = parts.plant.points[point_id]
    now_ns = parts.clock.now_ns()
    start = now_ns - span_ns
    window = chart.window_for(span_ns, point.interval_ns)
    found = reading_service.windows(parts, visitor.user, Span([point_id], start, now_ns), window)
    zone = parts.plant.files.sites[asset.site].time_zone
    line = chart.line_of(point, visitor.text(point.title), found, window)
    past = alarms(parts, visitor, AlarmQuery(asset=asset.id, since_ns=start), 50)
    marks = [(a.since, a.cleared or now_ns) for a in past]
    return chart.options([line], point.unit, zone, band=point.normal, marks=marks, span=(start, now_ns))
