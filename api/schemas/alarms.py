"""Shapes of alarms, their story, and what is asked to be done to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from analytics.alarms.alarm import Alarm
from api.schemas.common import Asked, Shape
from api.times import rfc3339, rfc3339_or_none
from config.text import Language

Words = Annotated[str, Field(min_length=1, max_length=2000)]
Version = Annotated[int | None, Field(default=None, ge=0, le=2**31 - 1)]


class AlarmShape(Shape):
    """One occurrence. `suppressed_by`: the alarm of a feeding asset that explains this one."""

    id: str
    asset: str
    site: str
    family: str
    kind: str
    rule: str
    state: str
    shelved: bool
    suppressed: bool
    suppressed_by: str | None
    out_of_service: bool
    priority: str
    latched: bool
    title: str
    since: str
    changed: str
    cleared: str | None
    acknowledged_by: str | None
    acknowledged_at: str | None
    likely_cause: str | None
    guidance: str | None
    consequence: str | None
    evidence: dict[str, Any]
    version: int

    @classmethod
    def of(cls, alarm: Alarm, language: Language) -> AlarmShape:
        return cls(**alarm_document(alarm.as_json(), language))


def alarm_document(row: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """An alarm's row (with `shelved`) as it is shown: times as RFC 3339, words in one language."""
    shown = {name: row[name] for name in AlarmShape.model_fields if name in row}
    words = ("title", "likely_cause", "guidance", "consequence")
    return {
        **shown,
        **{name: (row[name] or {}).get(language) for name in words},
        "since": rfc3339(row["since"]),
        "changed": rfc3339(row["changed"]),
        "cleared": rfc3339_or_none(row["cleared"]),
        "acknowledged_at": rfc3339_or_none(row["acknowledged"]),
    }


class TransitionShape(Shape):
    """One change of an alarm. `at`: when it happened; `recorded`: when it was written."""

    event_id: str
    event: str
    from_state: str
    to_state: str
    reason: str
    quiet: str | None
    who: str
    comment: str | None
    at: str
    recorded: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> TransitionShape:
        return cls(**transition_document(row))


def transition_document(row: Mapping[str, Any]) -> dict[str, Any]:
    """A transition's row as it is shown."""
    shown = {name: row[name] for name in TransitionShape.model_fields}
    return {**shown, "at": rfc3339(row["at"]), "recorded": rfc3339(row["recorded"])}


class AlarmDetail(AlarmShape):
    """An alarm with its story."""

    transitions: list[TransitionShape]


class AcknowledgeAsked(Asked):
    comment: Words | None = None
    version: Version


class VersionAsked(Asked):
    version: Version


class CommentAsked(Asked):
    comment: Words
    version: Version


class ShelveAsked(Asked):
    """duration: `30m`, `8h`; one_shot: only until the condition goes, if that is sooner."""

    reason: Words
    duration: Annotated[str, Field(max_length=20, examples=["8h"])] = "8h"
    one_shot: bool = False
    version: Version


class SuppressAsked(Asked):
    """until: when it ends by itself."""

    reason: Words
    until: Annotated[str, Field(max_length=40, examples=["2026-01-15T18:00:00+08:00"])]
    version: Version


class OutOfServiceAsked(Asked):
    """until: when it is back by itself; left out: when somebody returns it."""

    reason: Words
    until: Annotated[str, Field(max_length=40)] | None = None
    version: Version
