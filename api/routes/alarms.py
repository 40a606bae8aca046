"""GET alarms, alarms/{id}; POST alarms/{id}/acknowledge and the other things people do to an alarm."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from analytics.alarms.state import State
from api.answers import language_of
from api.auth import (
    Acknowledger,
    AlarmsViewer,
    Commenter,
    Running,
    ServiceTaker,
    Shelver,
    Suppressor,
    address_of,
)
from api.parts import Parts
from api.problems import invalid
from api.rights import User
from api.schemas.alarms import (
    AcknowledgeAsked,
    AlarmDetail,
    AlarmShape,
    CommentAsked,
    OutOfServiceAsked,
    ShelveAsked,
    SuppressAsked,
    TransitionShape,
    VersionAsked,
)
from api.schemas.common import ListOf, PagingQuery, Slug
from api.services import alarms
from api.services.alarms import AlarmQuery, Hand
from api.times import parse_time
from config.durations import parse_duration
from config.kind import Family, Priority

router = APIRouter(tags=["alarms"])
AlarmId = Annotated[str, Path(max_length=60)]


@router.get("/alarms", summary="Alarms that are not normal; with `since=`, all that began after it")
def get_alarms(
    parts: Running,
    user: AlarmsViewer,
    paging: PagingQuery,
    request: Request,
    *,
    state: Annotated[list[State], Query(max_length=10)] = [],  # noqa: B006 - FastAPI copies it
    priority: Annotated[list[Priority], Query(max_length=10)] = [],  # noqa: B006 - as above
    asset: Annotated[str | None, Query(max_length=130)] = None,
    site: Slug | None = None,
    family: Family | None = None,
    rule: Annotated[str | None, Query(max_length=130)] = None,
    since: Annotated[str | None, Query(max_length=60)] = None,
) -> ListOf[AlarmShape]:
    since_ns = None if since is None else parse_time("since", since)
    wanted = AlarmQuery([s.value for s in state], priority, asset, site, family, rule, since_ns)
    page, language = alarms.listed(parts, user, wanted, paging), language_of(request)
    return ListOf(items=[AlarmShape.of(a, language) for a in page.items], next=page.next)


@router.get("/alarms/{alarm_id}", summary="One alarm with its story")
def get_alarm(alarm_id: AlarmId, parts: Running, user: AlarmsViewer, request: Request) -> AlarmDetail:
    alarm = AlarmShape.of(alarms.get(parts, user, alarm_id), language_of(request))
    story = [TransitionShape.of(row) for row in alarms.story(parts, user, alarm_id)]
    return AlarmDetail(**alarm.model_dump(), transitions=story)


def _hand(parts: Parts, user: User, request: Request, alarm_id: str, version: int | None) -> Hand:
    return Hand(parts, user, address_of(request), alarm_id, version)


@router.post("/alarms/{alarm_id}/acknowledge", summary="I have seen it")
def post_acknowledge(
    alarm_id: AlarmId,
    parts: Running,
    user: Acknowledger,
    request: Request,
    body: AcknowledgeAsked | None = None,
) -> AlarmShape:
    asked = body or AcknowledgeAsked(version=None)
    after = _hand(parts, user, request, alarm_id, asked.version).acknowledge(asked.comment)
    return AlarmShape.of(after, language_of(request))


@router.post("/alarms/{alarm_id}/reset", summary="Let go of a latched alarm whose condition is gone")
def post_reset(
    alarm_id: AlarmId,
    parts: Running,
    user: Acknowledger,
    request: Request,
    body: VersionAsked | None = None,
) -> AlarmShape:
    after = _hand(parts, user, request, alarm_id, body.version if body else None).reset()
    return AlarmShape.of(after, language_of(request))


@router.post("/alarms/{alarm_id}/comment", summary="Add a remark")
def post_comment(
    alarm_id: AlarmId, body: CommentAsked, parts: Running, user: Commenter, request: Request
) -> AlarmShape:
    after = _hand(parts, user, request, alarm_id, body.version).comment(body.comment)
    return AlarmShape.of(after, language_of(request))


@router.post("/alarms/{alarm_id}/shelve", summary="Lay it aside for a time")
def post_shelve(
    alarm_id: AlarmId, body: ShelveAsked, parts: Running, user: Shelver, request: Request
) -> AlarmShape:
    hand = _hand(parts, user, request, alarm_id, body.version)
    after = hand.shelve(body.reason, _duration(body.duration), one_shot=body.one_shot)
    return AlarmShape.of(after, language_of(request))


@router.post("/alarms/{alarm_id}/unshelve", summary="Take it back from the shelf")
def post_unshelve(
    alarm_id: AlarmId, parts: Running, user: Shelver, request: Request, body: VersionAsked | None = None
) -> AlarmShape:
    after = _hand(parts, user, request, alarm_id, body.version if body else None).unshelve()
    return AlarmShape.of(after, language_of(request))


@router.post("/alarms/{alarm_id}/suppress", summary="Suppress it by design, with an end")
def post_suppress(
    alarm_id: AlarmId, body: SuppressAsked, parts: Running, user: Suppressor, request: Request
) -> AlarmShape:
    hand = _hand(parts, user, request, alarm_id, body.version)
    return AlarmShape.of(hand.suppress(body.reason, parse_time("until", body.until)), language_of(request))


@router.post("/alarms/{alarm_id}/out-of-service", summary="Take it out of service")
def post_out_of_service(
    alarm_id: AlarmId, body: OutOfServiceAsked, parts: Running, user: ServiceTaker, request: Request
) -> AlarmShape:
    until = None if body.until is None else parse_time("until", body.until)
    after = _hand(parts, user, request, alarm_id, body.version).out_of_service(body.reason, until)
    return AlarmShape.of(after, language_of(request))


@router.post("/alarms/{alarm_id}/return-to-service", summary="Put it back into service")
def post_return_to_service(
    alarm_id: AlarmId,
    parts: Running,
    user: ServiceTaker,
    request: Request,
    body: VersionAsked | None = None,
) -> AlarmShape:
    after = _hand(parts, user, request, alarm_id, body.version if body else None).return_to_service()
    return AlarmShape.of(after, language_of(request))


def _duration(text: str) -> int:
    try:
        return parse_duration(text)
    except (ValueError, OverflowError):
        raise invalid("duration", text, "write a duration such as 30m or 8h") from None
