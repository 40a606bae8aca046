"""GET stream: server-sent events of alarms, readings and health."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from api.answers import language_of
from api.auth import PlantViewer, Running, find_user
from api.parts import Parts
from api.problems import Problem, invalid
from api.rights import Action, User
from api.services.readings import watched
from api.stream.events import Topic, Wish
from api.stream.hub import Hub
from api.stream.response import EventStream
from config.text import Language

router = APIRouter(tags=["stream"])
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {}}, "description": "events alarm, reading, health"}
}


@router.get(
    "/stream", summary="Live events; resumes by Last-Event-ID", responses=_EVENTS, response_class=Response
)
async def get_stream(
    request: Request,
    parts: Running,
    user: PlantViewer,
    *,
    topic: Annotated[list[Topic], Query(max_length=10)] = list(Topic),  # noqa: B006 - FastAPI copies it
    asset: Annotated[list[str], Query(max_length=100, description="readings of these alone")] = [],  # noqa: B006
    point: Annotated[list[str], Query(max_length=100, description="readings of these alone")] = [],  # noqa: B006
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> Response:
    hub: Hub = request.app.state.hub
    after = None if not last_event_id else _place(last_event_id)
    wish = _wish(parts, user, frozenset(topic), (asset, point), language_of(request))
    return EventStream(hub, hub.join(user.id, wish), after, lambda: _still_welcome(request, user))


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise invalid("Last-Event-ID", text, "send the id of the last event received, or leave it out")
    return int(text)


def _wish(
    parts: Parts, user: User, topics: frozenset[Topic], only: tuple[list[str], list[str]], language: Language
) -> Wish:
    scope = user.scope(Action.SEE_READINGS)
    wanted = np.zeros(len(parts.plant.columns.known), dtype=np.bool_)
    if scope and Topic.READING in topics:
        wanted[watched(parts, user, *only)] = True
    key = (scope.grants, *(tuple(sorted(names)) for names in only))
    return Wish(topics, user.scope(Action.SEE_ALARMS), wanted, key, language, parts.plant.by_number)


def _still_welcome(request: Request, user: User) -> bool:
    try:
        now = find_user(request)
    except Problem:
        return False
    return now is not None and now.grants == user.grants
