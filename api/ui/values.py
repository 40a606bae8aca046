"""Numbers as people read them: with unit, normal band and age; a bar shows where in the band they are."""

from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from api.ui.html import h, join
from api.ui.words import say
from config.clock import DAY, HOUR, MINUTE, SECOND
from config.plant import PlantPoint
from config.text import Language

STALE_INTERVALS = 3


def number(value: float, decimals: int) -> str:
    """With thousands apart and no more decimals than people read: one from 10 on, none from 1,000 on."""
    if math.isnan(value):
        return "–"
    most = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else decimals
    return f"{value:,.{min(decimals, most)}f}"


def age(then_ns: int, now_ns: int, language: Language) -> str:
    """How long ago, in one unit."""
    gone = max(0, now_ns - then_ns)
    if gone < 10 * SECOND:
        return say("just_now", language)
    for limit, unit, word in ((MINUTE, SECOND, "ago_s"), (HOUR, MINUTE, "ago_m"), (2 * DAY, HOUR, "ago_h")):
        if gone < limit:
            return say(word, language, n=gone // unit)
    return say("ago_d", language, n=gone // DAY)


def moment(time_ns: int, zone: str) -> str:
    """Local date and time, to the minute."""
    return datetime.fromtimestamp(time_ns / SECOND, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def is_stale(point: PlantPoint, time_ns: int, now_ns: int) -> bool:
    """Older than three of the point's intervals (and five minutes)."""
    return now_ns - time_ns > max(STALE_INTERVALS * point.interval_ns, 5 * MINUTE)


def shown(point: PlantPoint, value: float, *, stale: bool = False, alarmed: bool = False) -> Markup:
    """The value with its unit; a switch says on or off. Colour only where an alarm is about it."""
    state = "stale" if stale else ("out" if alarmed else "")
    if point.type == "bool" and not math.isnan(value):
        return h("span", "●" if value > 0 else "○", class_=f"value {state}", title=str(int(value)))
    unit = h("span", point.unit, class_="unit") if point.unit else None
    return h("span", number(value, point.decimals), unit, class_=f"value num {state}")


def band(point: PlantPoint, value: float) -> Markup:
    """A bar of the normal band with the value's place in it; its words for those who cannot see it."""
    if point.normal is None or math.isnan(value):
        return h("span", "–", class_="fine")
    low, high = point.normal
    reach = (high - low) * 0.35
    place = min(1.0, max(0.0, (value - low + reach) / (high - low + 2 * reach)))
    words = f"{low:g} … {high:g} {point.unit}".strip()
    bar = h(
        "svg",
        h("title", words),
        h("rect", x=0, y=5, width=140, height=4, rx=2, fill="var(--sunk)"),
        h("rect", x=29, y=5, width=82, height=4, rx=2, fill="var(--line)"),
        h("rect", x=round(place * 136, 1), y=1, width=4, height=12, rx=2, fill="currentColor"),
        class_="band",
        viewBox="0 0 140 14",
        role="img",
        aria_label=words,
    )
    return join(h("span", bar, style="color:var(--ink-2)"), h("span", words, class_="fine num"))
