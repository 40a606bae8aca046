"""How answers leave: JSON, problems as documents, and the language of their words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.problems import MEDIA_TYPE, Problem, Reason
from collector.stores.base import StoreError
from config.text import Language

log = logging.getLogger(__name__)

_BY_STATUS = {
    401: Reason.NOT_SIGNED_IN,
    403: Reason.NOT_PERMITTED,
    404: Reason.NOT_FOUND,
    405: Reason.METHOD_NOT_ALLOWED,
    413: Reason.TOO_LARGE,
    503: Reason.UNAVAILABLE,
}
_MOST_ERRORS = 20


def json_answer(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON by orjson, NumPy arrays included; NaN becomes null."""
    body = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, status, headers=headers, media_type="application/json")


def answer(problem: Problem, path: str, language: Language) -> Response:
    """A problem as the document that RFC 9457 describes."""
    body = orjson.dumps(problem.document(path, language), default=str)
    return Response(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def language_of(request: Request) -> Language:
    """The language asked for: `lang=`, the account's, `Accept-Language`, then the installation's."""
    user = getattr(request.state, "user", None)
    return preferred(request, user.language if user else None, request.app.state.language)


def preferred(request: Request, of_account: str | None, installed: Language) -> Language:
    """The first of the wishes that is a language of ours."""
    for wish in (request.query_params.get("lang"), of_account, _accepted(request)):
        if wish == "en":
            return "en"
        if wish == "zh":
            return "zh"
    return installed


def _accepted(request: Request) -> str | None:
    """The first of our languages in `Accept-Language`; clients list theirs by preference."""
    for part in request.headers.get("accept-language", "").lower().split(","):
        code = part.strip().split(";")[0].split("-")[0]
        if code in ("en", "zh"):
            return code
    return None


def install(app: FastAPI) -> None:
    """Answer every error with problem details."""

    @app.exception_handler(Problem)
    def _problem(request: Request, error: Problem) -> Response:
        return answer(error, request.url.path, language_of(request))

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [_field_error(e) for e in error.errors()[:_MOST_ERRORS]]
        detail = "; ".join(f"{e['field']}: {e['problem']}" for e in errors[:3])
        problem = Problem(Reason.INVALID, detail or "The input cannot be read.", errors=errors)
        return answer(problem, request.url.path, language_of(request))

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        return answer(_from_http(error), request.url.path, language_of(request))

    @app.exception_handler(StoreError)
    def _store(request: Request, error: StoreError) -> Response:
        log.warning("%s %s: %s", request.method, request.url.path, error)
        return answer(Problem(Reason.UNAVAILABLE, str(error)), request.url.path, language_of(request))

    @app.exception_handler(OperationalError)
    def _database(request: Request, error: OperationalError) -> Response:
        log.warning("%s %s: the database does not answer: %s", request.method, request.url.path, error.orig)
        problem = Problem(Reason.UNAVAILABLE, "The database does not answer.", headers={"Retry-After": "2"})
        return answer(problem, request.url.path, language_of(request))

    @app.exception_handler(DataError)
    def _data(request: Request, _error: DataError) -> Response:
        problem = Problem(Reason.INVALID, "A value holds characters that cannot be stored.")
        return answer(problem, request.url.path, language_of(request))

    @app.exception_handler(Exception)
    def _unforeseen(request: Request, error: Exception) -> Response:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        problem = Problem(Reason.INTERNAL, "The request could not be carried out.")
        return answer(problem, request.url.path, language_of(request))


def _from_http(error: HTTPException) -> Problem:
    reason = _BY_STATUS.get(error.status_code, Reason.INVALID)
    if error.status_code >= 500 and reason is Reason.INVALID:
        reason = Reason.INTERNAL
    return Problem(reason, str(error.detail or HTTPStatus(error.status_code).phrase), headers=error.headers)


def _field_error(error: Mapping[str, Any]) -> dict[str, str]:
    place = [str(p) for p in error["loc"]]
    field = ".".join(place[1:]) or place[0]
    given = error.get("input")
    shown = f" (given: {str(given)[:60]!r})" if isinstance(given, str | int | float) else ""
    return {"field": field, "problem": f"{error['msg']}{shown}"}
