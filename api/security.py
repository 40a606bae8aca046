"""What stands before every request: its size, where it comes from, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import answer
from api.problems import Problem, Reason

LARGEST_BODY = 1 << 20
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

STRICT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The desk pages' client compiles its templates in the browser and writes style attributes.
DESK_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: wss:; "
    "worker-src 'self' blob:; form-action 'self'; base-uri 'self'; frame-ancestors 'none'; object-src 'none'"
)
STRICT_PATHS = ("/api/", "/login", "/logout", "/password", "/welcome/", "/metrics", "/phone", "/pages/")

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=()",
}


class Guarded:
    """ASGI middleware: bounds the body and sets the security headers of every answer."""

    def __init__(self, app: ASGIApp, *, https: bool, largest_body: int = LARGEST_BODY) -> None:
        self.app, self.https, self.largest_body = app, https, largest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        extra = headers_for(scope["path"], https=self.https)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in extra.items():
                    headers.setdefault(name, value)
            await send(message)

        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdigit() or int(length) > self.largest_body:
            problem = Problem(Reason.TOO_LARGE, f"The body is larger than {self.largest_body} bytes.")
            await answer(problem, scope["path"], "en")(scope, receive, send_guarded)
            return
        await self.app(scope, _bounded(receive, self.largest_body), send_guarded)


def _bounded(receive: Receive, largest: int) -> Receive:
    taken = 0

    async def receive_bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > largest:
            # The framework turns any other exception of a body's reading into a 400.
            raise HTTPException(413, f"The body is larger than {largest} bytes.")
        return message

    return receive_bounded


def headers_for(path: str, *, https: bool) -> Mapping[str, str]:
    """The security headers of an answer to that path."""
    strict = path.startswith(STRICT_PATHS)
    headers = {**_HEADERS, "Content-Security-Policy": STRICT_POLICY if strict else DESK_POLICY}
    if path.startswith(("/api/", "/welcome/", "/login", "/password")):
        headers["Cache-Control"] = "no-store"
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def refuse_cross_site(request: HTTPConnection, method: str, *, by_cookie: bool) -> None:
    """Raises 403 when a page of another site made the browser send this.

    A request that says nothing about where it comes from passes only without a cookie: programs send
    a token, and every browser says where it comes from.
    """
    if method in _SAFE:
        return
    fetched = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if fetched is not None:
        own = fetched in ("same-origin", "none")
    elif origin is not None:
        own = urlsplit(origin).netloc == request.headers.get("host", "")
    else:
        own = not by_cookie
    if not own:
        raise Problem(Reason.CROSS_SITE, "This request does not come from a page of this server.")
