"""GET ledger, quarantine; POST quarantine/{id}/replay."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.answers import json_answer
from api.auth import IntakeViewer, Running
from api.services import intake

router = APIRouter(tags=["intake"])


@router.get("/ledger", summary="What became of every reading received")
def get_ledger(parts: Running, user: IntakeViewer) -> Response:
    return json_answer(intake.ledger(parts, user))
