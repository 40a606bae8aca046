"""Answers what lies below /api and is no route: the desk pages would answer it with a page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.routing import Match

from api.problems import Problem, Reason

router = APIRouter(include_in_schema=False)
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


@router.api_route("/api/{rest:path}", methods=_METHODS)
def nothing_here(request: Request) -> Response:
    """405 where another method would do, else 404."""
    found = {route.matches(request.scope)[0] for route in request.app.routes}
    if Match.PARTIAL in found:
        raise Problem(Reason.METHOD_NOT_ALLOWED, f"{request.method} is not possible here.")
    raise Problem(Reason.NOT_FOUND, f"There is nothing at {request.url.path[:200]}.")
