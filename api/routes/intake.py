"""GET ledger, quarantine, quarantine/{id}; POST quarantine/{id}/replay and readings (typed by a person)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.auth import IntakeViewer, ReadingEnterer, Replayer, Running, address_of
from api.problems import Problem, Reason
from api.schemas.common import ListOf, PagingQuery
from api.schemas.intake import LedgerShape, Outcome, QuarantineDetail, QuarantineShape
from api.schemas.readings import ManualReading, ManualReadings
from api.services import intake
from api.services.intake import HandedIn, QuarantineFilter
from api.times import parse_time
from collector.inbox import Typed
from collector.quarantine import QuarantineState
from collector.rejected import Rejected

router = APIRouter(tags=["intake"])
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/ledger", summary="What became of every reading received")
def get_ledger(parts: Running, user: IntakeViewer) -> LedgerShape:
    return LedgerShape.of(intake.ledger(parts, user))


@router.get("/quarantine", summary="Messages that could not be taken, the newest first")
def get_quarantine(
    parts: Running,
    user: IntakeViewer,
    paging: PagingQuery,
    *,
    device: Annotated[str | None, Query(max_length=130)] = None,
    reason: Rejected | None = None,
    state: QuarantineState | None = None,
) -> ListOf[QuarantineShape]:
    page = intake.quarantine(parts, user, QuarantineFilter(device, reason, state), paging)
    return ListOf(items=[QuarantineShape.of(row) for row in page.items], next=page.next)


@router.get("/quarantine/{number}", summary="One of them with its payload")
def get_one(number: Number, parts: Running, user: IntakeViewer) -> QuarantineDetail:
    return QuarantineDetail.whole(intake.quarantined(parts, user, number))


@router.post("/quarantine/{number}/replay", summary="Take it again, after its cause was mended")
def post_replay(
    number: Number, parts: Running, user: Replayer, request: Request, response: Response
) -> Outcome:
    handed = intake.replay(parts, user, address_of(request), number)
    response.status_code = 202 if handed.outcome is None else 200
    return Outcome.of(handed)


@router.post("/readings", status_code=201, summary="Enter values that a person read or measured")
def post_readings(
    body: ManualReading | ManualReadings,
    parts: Running,
    user: ReadingEnterer,
    request: Request,
    response: Response,
) -> Outcome:
    """One value, or up to 500 as `readings`. 202: kept, and taken in when the collector is back."""
    values = [body] if isinstance(body, ManualReading) else body.readings
    now = parts.clock.now_ns()
    typed = [Typed(v.point, now if v.time is None else parse_time("time", v.time), v.value) for v in values]
    note = "; ".join(v.note for v in values if v.note) or None
    handed = intake.enter(parts, user, address_of(request), typed, note)
    _refuse_if_nothing_was_taken(handed)
    response.status_code = 202 if handed.outcome is None else 201
    return Outcome.of(handed)


def _refuse_if_nothing_was_taken(handed: HandedIn) -> None:
    found = handed.outcome
    if found is None or found.get("stored", 0) or found.get("duplicate", 0):
        return
    reasons = [str(r) for r in found.get("reasons", [])]
    raise Problem(
        Reason.INVALID,
        f"No value was taken: {', '.join(reasons) or 'refused'}.",
        remedy="Check value and time; the quarantine keeps what was sent.",
        reasons=reasons,
    )
