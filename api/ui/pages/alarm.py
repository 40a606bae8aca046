"""One alarm with its evidence: what, since when, why, what to do, what happens if not, and who has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup
from nicegui import run, ui

from analytics.alarms.alarm import Alarm
from api.parts import Parts
from api.problems import Problem
from api.rights import Action
from api.services import readings as reading_service
from api.services.alarms import Hand, get, story
from api.services.readings import Span
from api.ui import chart
from api.ui.alarm_dialogs import ask_comment, ask_reason, ask_shelving
from api.ui.alarm_lines import place_of
from api.ui.frame import frame
from api.ui.html import h, join
from api.ui.live import Region
from api.ui.marks import flat_mark, priority_mark, state_words
from api.ui.values import age, moment
from api.ui.visitor import Visitor
from config.clock import HOUR
from config.plant import PlantPoint

BEFORE, AFTER = 6 * HOUR, 2 * HOUR


def alarm_page(parts: Parts, visitor: Visitor, alarm_id: str) -> None:
    """Draw the page. Raises a 404 or 403 problem."""
    alarm = get(parts, visitor.user, alarm_id)
    crumbs = [
        (visitor.say("alarms"), "/alarms"),
        (place_of(parts.plant, alarm.asset, visitor), _asset_link(alarm)),
    ]
    with frame(visitor, "/alarms", visitor.of_json(alarm.title), crumbs):
        with ui.element("div").classes("two"):
            with ui.element("div").classes("stack"):
                top = Region(lambda: draw_state(parts, visitor, alarm_id), every_s=2)
                _actions(parts, visitor, alarm, top)
                _evidence(parts, visitor, alarm)
            with ui.element("div").classes("stack"):
                ui.html(guidance(visitor, alarm), sanitize=False)
                Region(lambda: draw_story(parts, visitor, alarm_id), every_s=3)


def _asset_link(alarm: Alarm) -> str:
    return f"/assets/{alarm.asset}" if not alarm.asset.startswith("system/") else "/intake"


def draw_state(parts: Parts, visitor: Visitor, alarm_id: str) -> Markup:
    """How urgent, where it stands, since when."""
    alarm = get(parts, visitor.user, alarm_id)
    zone = _zone(parts, alarm)
    since = f"{visitor.say('since')} {moment(alarm.since, zone)}"
    gone = age(alarm.since, parts.clock.now_ns(), visitor.language)
    return h(
        "div",
        priority_mark(alarm.priority, visitor.language),
        flat_mark(state_words(alarm, visitor.language)),
        h("span", f"{since} · {gone}", class_="fine"),
        class_="actions",
        style="align-items:center",
    )


def guidance(visitor: Visitor, alarm: Alarm) -> Markup:
    """Cause, remedy and consequence."""
    parts = (
        ("likely_cause", alarm.likely_cause),
        ("what_to_do", alarm.guidance),
        ("if_nothing", alarm.consequence),
    )
    says = [
        h("div", h("h3", visitor.say(word)), h("p", visitor.of_json(text)), class_="say")
        for word, text in parts
        if text
    ]
    return h("section", *says, class_="card", style="padding:0")


def draw_story(parts: Parts, visitor: Visitor, alarm_id: str) -> Markup:
    """Every transition, newest first."""
    alarm = get(parts, visitor.user, alarm_id)
    zone = _zone(parts, alarm)
    steps = reversed(story(parts, visitor.user, alarm_id))
    rows = [
        h(
            "tr",
            h("td", moment(step["at"], zone), class_="fine num"),
            h(
                "td",
                _step_words(step),
                h("div", step["comment"], class_="quiet") if step["comment"] else None,
            ),
            h("td", step["who"], class_="fine"),
        )
        for step in steps
    ]
    return h(
        "section",
        h("h3", visitor.say("story")),
        h("div", h("table", h("tbody", *rows), class_="data"), class_="scroll"),
        class_="card",
    )


def _step_words(step: dict[str, Any]) -> str:
    words = str(step["event"]).replace("_", " ")
    return f"{words} ({step['quiet']})" if step.get("quiet") else words


def _zone(parts: Parts, alarm: Alarm) -> str:
    site = parts.plant.files.sites.get(alarm.site) or next(iter(parts.plant.files.sites.values()))
    return site.time_zone


def _actions(parts: Parts, visitor: Visitor, alarm: Alarm, region: Region) -> None:
    def may(action: Action) -> bool:
        return visitor.user.may(action, alarm.site, alarm.family)

    hand = Hand(parts, visitor.user, visitor.address, alarm.id)

    async def do(deed: Callable[..., Any], *values: Any, **named: Any) -> None:
        try:
            await run.io_bound(deed, *values, **named)
        except Problem as problem:
            ui.notify(str(problem), type="warning")
            return
        ui.notify(visitor.say("done"))
        await region.refresh()

    async def shelve() -> None:
        answer = await ask_shelving(visitor)
        if answer is not None:
            await do(hand.shelve, **answer)

    async def take_out() -> None:
        reason = await ask_reason(visitor, "take_out")
        if reason:
            await do(hand.out_of_service, reason)

    async def remark() -> None:
        words = await ask_comment(visitor)
        if words:
            await do(hand.comment, words)

    buttons: list[tuple[Action, str, Callable[[], Any]]] = [
        (Action.ACKNOWLEDGE, "take_it", lambda: do(hand.acknowledge)),
        (Action.ACKNOWLEDGE, "let_go", lambda: do(hand.reset)),
        (Action.SHELVE, "lay_aside", shelve),
        (Action.SHELVE, "take_back", lambda: do(hand.unshelve)),
        (Action.OUT_OF_SERVICE, "take_out", take_out),
        (Action.OUT_OF_SERVICE, "put_back", lambda: do(hand.return_to_service)),
        (Action.COMMENT, "add_comment", remark),
    ]
    fits = {
        "take_back": alarm.shelved,
        "lay_aside": not alarm.shelved,
        "put_back": alarm.out_of_service,
        "take_out": not alarm.out_of_service,
        "let_go": alarm.latched and alarm.state == "returned",
        "take_it": alarm.state == "unacknowledged" or (alarm.state == "returned" and not alarm.latched),
    }
    with ui.element("div").classes("actions"):
        for action, word, work in buttons:
            if may(action) and fits.get(word, True):
                style = "act" if word == "take_it" else "mild"
                ui.button(visitor.say(word), on_click=work, color=None).classes(style).props("unelevated")


def evidence_points(parts: Parts, alarm: Alarm) -> list[PlantPoint]:
    """The points that the evidence names, else the first measured one of the asset."""
    asset = parts.plant.assets.get(alarm.asset)
    if asset is None:
        return []
    rule = asset.kind.alarms.get(alarm.rule)
    candidates = ([rule.point] if rule and rule.point else []) + _names_in(alarm)
    named = [n for n in candidates if n in asset.points]
    fallback = [n for n, p in asset.points.items() if not p.derived]
    return [asset.points[n] for n in list(dict.fromkeys(named or fallback[:1]))[:4]]


def _names_in(alarm: Alarm) -> list[str]:
    values = alarm.evidence.get("values", {})
    return list(values) if isinstance(values, dict) else []


def _evidence(parts: Parts, visitor: Visitor, alarm: Alarm) -> None:
    points = evidence_points(parts, alarm)
    if not points or not visitor.user.may(Action.SEE_READINGS, alarm.site, alarm.family):
        return
    with ui.element("section").classes("card"):
        ui.html(h("h3", visitor.say("evidence")), sanitize=False)
        ui.echart(curve(parts, visitor, alarm, points)).style("height:280px;width:100%")
        ui.html(rule_words(parts, visitor, alarm), sanitize=False)


def curve(parts: Parts, visitor: Visitor, alarm: Alarm, points: list[PlantPoint]) -> dict[str, Any]:
    """The options of the chart around the alarm: what the rule looks at, and its limit."""
    now_ns = parts.clock.now_ns()
    start, end = alarm.since - BEFORE, min(now_ns, (alarm.cleared or now_ns) + AFTER)
    shown = [p for p in points if p.unit == points[0].unit]
    window = chart.window_for(end - start, min(p.interval_ns for p in shown))
    found = reading_service.windows(parts, visitor.user, Span([p.id for p in shown], start, end), window)
    lines = [chart.line_of(p, visitor.text(p.title), found, window) for p in shown]
    limit = alarm.evidence.get("limit")
    marks = [(alarm.since, alarm.cleared or now_ns)]
    line = float(limit) if isinstance(limit, int | float) else None
    return chart.options(
        lines, points[0].unit, _zone(parts, alarm), limit=line, marks=marks, span=(start, end)
    )


def rule_words(parts: Parts, visitor: Visitor, alarm: Alarm) -> Markup:
    """The rule's name, its source and how far that was verified."""
    asset = parts.plant.assets.get(alarm.asset)
    rule = asset.kind.alarms.get(alarm.rule) if asset else None
    if rule is None:
        return h("p", alarm.rule, class_="fine")
    proven = visitor.say("default_no_standard") if rule.mark in ("E", "M") else rule.source
    return h("p", join(alarm.rule, " · ", visitor.say("source"), ": ", proven), class_="fine")
