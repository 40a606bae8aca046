"""Alarms as lines of a list."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from analytics.alarms.alarm import Alarm
from api.ui.html import h
from api.ui.marks import priority_mark, state_words
from api.ui.values import age
from api.ui.visitor import Visitor
from config.plant import Plant

_RANK = {"critical": 0, "high": 1, "medium": 2, "low": 3}


def urgent_first(alarms: Sequence[Alarm]) -> list[Alarm]:
    """New before taken, urgent before less urgent, younger before older."""
    return sorted(alarms, key=lambda a: (a.state != "unacknowledged", _RANK[a.priority], -a.since))


def alarm_lines(alarms: Sequence[Alarm], plant: Plant, visitor: Visitor, now_ns: int) -> Markup:
    """One line each: how urgent, what and where, who has it, since when. Each leads to its evidence."""
    if not alarms:
        words = h("b", visitor.say("all_quiet"))
        return h("div", words, visitor.say("no_alarm_here"), class_="empty")
    return h("div", *(_line(a, plant, visitor, now_ns) for a in alarms), class_="rows")


def _line(alarm: Alarm, plant: Plant, visitor: Visitor, now_ns: int) -> Markup:
    what = h(
        "span",
        h("b", visitor.of_json(alarm.title)),
        h("span", place_of(plant, alarm.asset, visitor)),
        class_="what",
    )
    state = h("span", state_words(alarm, visitor.language), class_="fine aside")
    when = h("span", age(alarm.since, now_ns, visitor.language), class_="when")
    return h(
        "a",
        priority_mark(alarm.priority, visitor.language),
        what,
        state,
        when,
        class_="line",
        href=f"/alarms/{alarm.id}",
    )


def place_of(plant: Plant, asset_id: str, visitor: Visitor) -> str:
    """The asset's name, room and site; for a part of Caretaker itself its id."""
    asset = plant.assets.get(asset_id)
    if asset is None:
        return asset_id
    site = plant.files.sites[asset.site]
    space = plant.files.spaces.get(asset.site, {}).get(asset.entry.space)
    names = [asset.title, space.title if space else None, site.title]
    return " · ".join(visitor.text(n) for n in names if n is not None)
