"""What goes over the stream, and who may see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from api.rights import Scope
from api.schemas.alarms import alarm_document, transition_document
from api.schemas.readings import reading_documents
from collector.reading import ReadingBatch
from config.plant import PlantPoint
from config.text import Language

MOST_READINGS = 2000
"""Readings in one event; whoever needs more asks for single assets or points."""


class Topic(StrEnum):
    """What a client may listen to."""

    ALARM = "alarm"
    READING = "reading"
    HEALTH = "health"


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """One transition with the alarm it belongs to. `number`: its row, by which clients resume."""

    number: int
    transition: Mapping[str, Any]
    alarm: Mapping[str, Any]

    def document(self, language: Language) -> dict[str, Any]:
        """The alarm as it stood after this transition, and the transition."""
        row = {name: self.transition[name] for name in ("suppressed", "out_of_service")}
        then = {"state": self.transition["to_state"], "shelved": self.transition["shelving"] != "none"}
        shown = alarm_document({**self.alarm, **row, **then}, language)
        return {**shown, "transition": transition_document(self.transition)}


@dataclass(frozen=True, slots=True, eq=False)
class ReadingsEvent:
    """The newest readings of points that had news; encoded once for all clients that ask the same."""

    batch: ReadingBatch
    encoded: dict[object, bytes] = field(default_factory=dict)

    def body(self, key: object, wanted: npt.NDArray[np.bool_], points: Mapping[int, PlantPoint]) -> bytes:
        """JSON of the wanted readings; empty when there are none. `wanted`: bool by point number."""
        found = self.encoded.get(key)
        if found is None:
            known = self.batch.point < len(wanted)
            rows = np.flatnonzero(known & wanted[np.where(known, self.batch.point, 0)])[:MOST_READINGS]
            documents = reading_documents(self.batch.take(rows), points)
            found = orjson.dumps({"items": documents}) if documents else b""
            self.encoded[key] = found
        return found


@dataclass(frozen=True, slots=True)
class HealthEvent:
    """What `GET health` answers."""

    document: Mapping[str, Any]


Event = AlarmEvent | ReadingsEvent | HealthEvent


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """What one client wants and may see. readings: bool by point number; key: equal for equal wishes."""

    topics: frozenset[Topic]
    alarms: Scope
    readings: npt.NDArray[np.bool_]
    key: object
    language: Language
    points: Mapping[int, PlantPoint]

    def frame(self, event: Event) -> bytes:
        """The event as it goes over the wire; empty when it is nothing for this client."""
        match event:
            case AlarmEvent():
                if not self.alarms.covers(event.alarm["site"], event.alarm["family"]):
                    return b""
                return _frame(Topic.ALARM, orjson.dumps(event.document(self.language)), event.number)
            case ReadingsEvent():
                body = event.body(self.key, self.readings, self.points)
                return _frame(Topic.READING, body) if body else b""
            case HealthEvent():
                return _frame(Topic.HEALTH, orjson.dumps(event.document))

    def takes(self, event: Event) -> bool:
        """Whether the client listens to this topic at all."""
        return _TOPICS[type(event)] in self.topics


_TOPICS: dict[type[Event], Topic] = {
    AlarmEvent: Topic.ALARM,
    ReadingsEvent: Topic.READING,
    HealthEvent: Topic.HEALTH,
}


def _frame(topic: Topic, body: bytes, number: int | None = None) -> bytes:
    """Only alarms carry an id, so that the last id a client knows always says where alarms resume."""
    place = b"" if number is None else b"id: %d\n" % number
    return place + b"event: %s\ndata: %s\n\n" % (topic.value.encode(), body)
