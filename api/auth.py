"""Who is asking: a session's cookie or a Bearer token; and which action a route needs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection
from starlette.responses import Response

from api.accounts.sessions import LONGEST_NS
from api.parts import Parts
from api.problems import Problem, Reason
from api.rights import Action, User
from api.security import refuse_cross_site
from api.services.permission import require
from config.clock import SECOND


def parts_of(connection: HTTPConnection) -> Parts:
    """The running parts behind this request."""
    parts: Parts = connection.app.state.parts
    return parts


def cookie_name(parts: Parts) -> str:
    """Named with the port: browsers share cookies between the ports of a host."""
    return f"caretaker_{parts.settings.http_port}"


def find_user(connection: HTTPConnection) -> User | None:
    """Who sent this, None when nobody is signed in. Raises 401 for a token that is not valid."""
    parts = parts_of(connection)
    header = connection.headers.get("authorization")
    if header is not None:
        scheme, _, secret = header.partition(" ")
        user = parts.tokens.user(secret.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise Problem(Reason.NOT_SIGNED_IN, "The token is not valid, was revoked or has expired.")
        return user
    secret = connection.cookies.get(cookie_name(parts), "")
    return parts.sessions.user(secret) if secret else None


def address_of(connection: HTTPConnection) -> str:
    """Where the request comes from, for throttling and audit."""
    return connection.client.host if connection.client else "unknown"


class Needs:
    """A route's guard: somebody signed in who may do this somewhere; services check where."""

    def __init__(self, action: Action) -> None:
        self.action = action

    def __call__(self, request: Request) -> User:
        user = find_user(request)
        if user is None:
            raise Problem(Reason.NOT_SIGNED_IN, "This needs somebody who is signed in.")
        request.state.user = user
        refuse_cross_site(request, request.method, by_cookie=user.session is not None)
        require(user, self.action)
        return user


AccountUser = Annotated[User, Depends(Needs(Action.USE_ACCOUNT))]
PlantViewer = Annotated[User, Depends(Needs(Action.SEE_PLANT))]
ReadingsViewer = Annotated[User, Depends(Needs(Action.SEE_READINGS))]
AlarmsViewer = Annotated[User, Depends(Needs(Action.SEE_ALARMS))]
IntakeViewer = Annotated[User, Depends(Needs(Action.SEE_INTAKE))]
AuditViewer = Annotated[User, Depends(Needs(Action.SEE_AUDIT))]
ReadingEnterer = Annotated[User, Depends(Needs(Action.ENTER_READING))]
Acknowledger = Annotated[User, Depends(Needs(Action.ACKNOWLEDGE))]
Commenter = Annotated[User, Depends(Needs(Action.COMMENT))]
Shelver = Annotated[User, Depends(Needs(Action.SHELVE))]
Suppressor = Annotated[User, Depends(Needs(Action.SUPPRESS))]
ServiceTaker = Annotated[User, Depends(Needs(Action.OUT_OF_SERVICE))]
Replayer = Annotated[User, Depends(Needs(Action.REPLAY_QUARANTINE))]
AccountManager = Annotated[User, Depends(Needs(Action.MANAGE_ACCOUNTS))]
Running = Annotated[Parts, Depends(parts_of)]


def set_cookie(response: Response, parts: Parts, secret: str, *, https: bool) -> None:
    """Hand the session to the browser, out of reach of scripts and of other sites."""
    response.set_cookie(
        cookie_name(parts),
        secret,
        max_age=LONGEST_NS // SECOND,
        path="/",
        secure=https,
        httponly=True,
        samesite="strict",
    )


def drop_cookie(response: Response, parts: Parts, *, https: bool) -> None:
    """Make the browser forget the session."""
    response.delete_cookie(cookie_name(parts), path="/", secure=https, httponly=True, samesite="strict")
