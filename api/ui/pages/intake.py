"""Intake: does the ledger add up, who sends what, and what stands in quarantine, to be tried again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup
from nicegui import run, ui

from api.pages import Paging
from api.parts import Parts
from api.problems import Problem
from api.rights import Action
from api.services import health as health_service
from api.services import intake as intake_service
from api.services.intake import TOTALS, QuarantineFilter
from api.ui.frame import frame
from api.ui.html import Child, h, join
from api.ui.live import Region
from api.ui.marks import flat_mark, priority_mark
from api.ui.values import age
from api.ui.visitor import Visitor

MOST_DEVICES, MOST_REFUSED = 25, 20
_SHOWN_BYTES = 600


def intake_page(parts: Parts, visitor: Visitor) -> None:
    """Draw the page. Raises a 403 problem."""
    intake_service.ledger(parts, visitor.user)
    with frame(visitor, "/intake", visitor.say("intake")):
        with ui.element("div").classes("stack"):
            Region(lambda: draw_ledger(parts, visitor), every_s=2)
            _quarantine(parts, visitor)


def draw_ledger(parts: Parts, visitor: Visitor) -> Markup:
    """The sum, the parts, and the devices that lost or were refused most."""
    found = intake_service.ledger(parts, visitor.user)
    return h(
        "div", _sum(visitor, found), _parts(parts, visitor), _devices(parts, visitor, found), class_="stack"
    )


def _sum(visitor: Visitor, found: Mapping[str, Any]) -> Markup:
    received, *shares = (int(found[name]) for name in TOTALS)
    adds_up = received == sum(shares)
    terms: list[Child] = []
    for sign, name in zip(("", "=", "+", "+", "+"), TOTALS, strict=True):
        if sign:
            terms.append(h("span", sign, class_="op"))
        number = h("div", f"{int(found[name]):,}", class_="n num")
        terms.append(h("div", number, h("div", visitor.say(name), class_="fine")))
    title = h("h3", visitor.say("ledger" if adds_up else "ledger_off"))
    warn = None if adds_up else priority_mark("high", visitor.language)
    return h("section", title, warn, h("div", *terms, class_="sum"), class_="card")


def _parts(parts: Parts, visitor: Visitor) -> Markup:
    health = health_service.health(parts.engine, parts.clock)
    marks = [
        flat_mark(f"{name} · {part.state}") if part.state == "ok" else _ailing(name, part.state, visitor)
        for name, part in sorted(health.parts.items())
    ]
    return h("section", h("h3", visitor.say("parts")), h("div", *marks, class_="actions"), class_="card")


def _ailing(name: str, state: str, visitor: Visitor) -> Markup:
    return join(priority_mark("high", visitor.language), flat_mark(f"{name} · {state}"))


def _devices(parts: Parts, visitor: Visitor, found: Mapping[str, Any]) -> Markup:
    troubled = sorted(found["devices"], key=lambda d: (-d["quarantined"], -d["missing"], d["device"]))
    names = ("device", "received", "duplicate", "quarantined", "missing", "age")
    head = h("tr", *(h("th", visitor.say(n), scope="col") for n in names))
    now_ns = parts.clock.now_ns()
    rows = [
        h(
            "tr",
            h("td", d["device"] or "–"),
            *(h("td", f"{d[n]:,}", class_="num") for n in names[1:5]),
            h("td", age(d["last_ns"], now_ns, visitor.language), class_="fine"),
        )
        for d in troubled[:MOST_DEVICES]
    ]
    table = h("table", h("thead", head), h("tbody", *rows), class_="data")
    return h("section", h("h3", visitor.say("devices")), h("div", table, class_="scroll"), class_="card")


def _quarantine(parts: Parts, visitor: Visitor) -> None:
    with ui.element("section").classes("card"):
        ui.html(h("h3", visitor.say("quarantine")), sanitize=False)
        box = ui.element("div").classes("stack")

        def fill() -> None:
            wanted = QuarantineFilter(state="waiting")
            page = intake_service.quarantine(parts, visitor.user, wanted, Paging(None, MOST_REFUSED))
            box.clear()
            with box:
                if not page.items:
                    ui.html(h("p", visitor.say("quarantine_empty"), class_="quiet"), sanitize=False)
                for row in page.items:
                    _refused(parts, visitor, row, fill)

        fill()


def _refused(parts: Parts, visitor: Visitor, row: Mapping[str, Any], refill: Any) -> None:
    full = intake_service.quarantined(parts, visitor.user, row["id"])
    raw = bytes(full["raw"])[:_SHOWN_BYTES].decode(errors="replace")
    gone = age(row["at_ns"], parts.clock.now_ns(), visitor.language)

    async def replay() -> None:
        try:
            await run.io_bound(intake_service.replay, parts, visitor.user, visitor.address, row["id"])
        except Problem as problem:
            ui.notify(str(problem), type="warning")
            return
        ui.notify(visitor.say("replayed"))
        refill()

    with ui.element("div").style("border-top:1px solid var(--line);padding-top:10px"):
        words = h("div", flat_mark(row["reason"]), " ", row["detail"], class_="actions")
        facts = h("p", f"{row['topic']} · {row['count']} · {row['size']:,} B · {gone}", class_="fine")
        ui.html(h("div", words, facts, h("pre", raw, class_="raw")), sanitize=False)
        if visitor.user.may_somewhere(Action.REPLAY_QUARANTINE):
            ui.button(visitor.say("replay"), on_click=replay, color=None).classes("mild").props("unelevated")
