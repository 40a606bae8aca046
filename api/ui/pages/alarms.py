"""The alarm list: what is open now, by urgency and family, or what was in the past month."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from markupsafe import Markup

from api.parts import Parts
from api.services.alarms import AlarmQuery
from api.ui.alarm_data import alarms, is_quiet, loud
from api.ui.alarm_lines import alarm_lines, urgent_first
from api.ui.frame import FAMILIES, frame
from api.ui.html import h, join
from api.ui.live import Region
from api.ui.marks import PRIORITIES
from api.ui.visitor import Visitor
from config.clock import DAY

MONTH = 30 * DAY
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """What the visitor wants to see; None: all."""

    family: str | None = None
    priority: str | None = None
    show: str = "open"

    def link(self, **changes: str | None) -> str:
        """The address of this page with that changed."""
        wanted = replace(self, **changes)  # type: ignore[arg-type]
        values = {n: getattr(wanted, n) for n in ("family", "priority", "show")}
        kept = {n: v for n, v in values.items() if v and v != "open"}
        return "/alarms" + (f"?{urlencode(kept)}" if kept else "")


def alarms_page(parts: Parts, visitor: Visitor, choice: Choice) -> None:
    """Draw the page."""
    with frame(visitor, "/alarms", visitor.say("alarms")):
        Region(lambda: draw(parts, visitor, choice), every_s=2)


def draw(parts: Parts, visitor: Visitor, choice: Choice) -> Markup:
    """Filters, then the lines."""
    now_ns = parts.clock.now_ns()
    since = now_ns - MONTH if choice.show == "month" else None
    priorities = [choice.priority] if choice.priority else []
    wanted = AlarmQuery(priorities=priorities, family=choice.family, since_ns=since)
    found = alarms(parts, visitor, wanted, MOST_LINES)
    if choice.show == "open":
        found = urgent_first(loud(found))
    elif choice.show == "quiet":
        found = [a for a in found if is_quiet(a)]
    return join(_filters(visitor, choice), alarm_lines(found, parts.plant, visitor, now_ns))


def _filters(visitor: Visitor, choice: Choice) -> Markup:
    shows = (("open", "open_now"), ("quiet", "quiet_ones"), ("month", "past_month"))
    by_show = [_chip(visitor.say(w), choice.link(show=s), on=choice.show == s) for s, w in shows]
    families = [_chip(visitor.say("all"), choice.link(family=None), on=choice.family is None)]
    families += [_chip(visitor.say(f), choice.link(family=f), on=choice.family == f) for f in FAMILIES]
    urgency = [_chip(visitor.say("any_priority"), choice.link(priority=None), on=choice.priority is None)]
    urgency += [_chip(visitor.say(p), choice.link(priority=p), on=choice.priority == p) for p in PRIORITIES]
    return join(*(h("div", *chips, class_="filters") for chips in (by_show, families, urgency)))


def _chip(words: str, link: str, *, on: bool) -> Markup:
    return h("a", words, class_="chip", href=link, aria_current="true" if on else None)
