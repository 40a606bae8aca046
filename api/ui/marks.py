"""Signs of abnormality: a shape, a word and a colour, never colour alone (ISA-101)."""

from __future__ import annotations

from markupsafe import Markup

from analytics.alarms.alarm import Alarm
from api.ui.html import h
from api.ui.words import say
from config.text import Language

_SHAPES = {
    "critical": h("svg", h("path", d="M6 0l6 6-6 6-6-6z"), viewBox="0 0 12 12", aria_hidden="true"),
    "high": h("svg", h("path", d="M6 1l6 10H0z"), viewBox="0 0 12 12", aria_hidden="true"),
    "medium": h("svg", h("rect", x=1, y=1, width=10, height=10), viewBox="0 0 12 12", aria_hidden="true"),
    "low": h("svg", h("circle", cx=6, cy=6, r=5), viewBox="0 0 12 12", aria_hidden="true"),
}
PRIORITIES = ("critical", "high", "medium", "low")


def priority_mark(priority: str, language: Language, count: int | None = None) -> Markup:
    """The priority's sign; with a count: how many there are."""
    words = say(priority, language) if count is None else f"{count} {say(priority, language)}"
    return h("span", _SHAPES[priority], h("span", words), class_=f"mark {priority}")


def flat_mark(words: str) -> Markup:
    """A sign without alarm in it."""
    return h("span", words, class_="mark flat")


def state_words(alarm: Alarm, language: Language) -> str:
    """Where the alarm stands, in the crew's words; a flag that keeps it quiet is said first."""
    if alarm.out_of_service:
        return say("out_of_service", language)
    if alarm.shelved:
        return say("shelved", language)
    if alarm.suppressed:
        return say("suppressed", language)
    if alarm.state.value == "acknowledged":
        return say("acknowledged", language, who=alarm.acknowledged_by or "?")
    return say(alarm.state.value, language)


def worst(priorities: dict[str, int]) -> str | None:
    """The most urgent priority that has any."""
    return next((p for p in PRIORITIES if priorities.get(p)), None)
