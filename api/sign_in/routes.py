"""/login, /logout, /password and /welcome/{secret}: forms for people; programs use /api/v1."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from api.accounts import first_admin
from api.answers import language_of
from api.auth import Running, address_of, cookie_name, drop_cookie, set_cookie
from api.parts import Parts
from api.problems import WORDINGS, Problem
from api.rights import User
from api.security import refuse_cross_site
from api.services import own_account
from api.sign_in.pages import Look, field, form, hidden, page
from api.sign_in.style import style_sheet
from api.ui.html import h
from config.text import Language

router = APIRouter(include_in_schema=False)
LANGUAGE_COOKIE, THEME_COOKIE = "caretaker_language", "caretaker_theme"
Line = Annotated[str, Form(max_length=200)]
Secret = Annotated[str, Path(max_length=100)]


@router.get("/pages/sign-in.css")
def get_style() -> Response:
    return Response(style_sheet(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@router.get("/login")
def get_login(request: Request, next: Annotated[str, Query(max_length=500)] = "/") -> Response:  # noqa: A002
    return _login(_look(request), local(next))


@router.post("/login")
def post_login(
    request: Request,
    parts: Running,
    name: Line,
    password: Line,
    next: Annotated[str, Form(max_length=500)] = "/",  # noqa: A002
) -> Response:
    refuse_cross_site(request, request.method, by_cookie=False)
    try:
        secret = _sign_in(request, parts, name, password)
    except Problem as problem:
        return _with_headers(_login(_look(request), local(next), name, problem), problem)
    return _enter(request, parts, secret, local(next))


@router.post("/logout")
def post_logout(request: Request, parts: Running) -> Response:
    user = _visitor(request, parts)
    refuse_cross_site(request, request.method, by_cookie=True)
    if user is not None:
        parts.sessions.end(user, address=address_of(request))
    answer = RedirectResponse("/login", 303)
    drop_cookie(answer, parts, https=_https(request))
    return answer


@router.get("/password")
def get_password(request: Request, parts: Running) -> Response:
    if _visitor(request, parts) is None:
        return RedirectResponse("/login?next=/password", 303)
    return _password(_look(request))


@router.post("/password")
def post_password(request: Request, parts: Running, old: Line, new: Line) -> Response:
    user = _visitor(request, parts)
    refuse_cross_site(request, request.method, by_cookie=True)
    if user is None:
        return RedirectResponse("/login?next=/password", 303)
    look = _look(request)
    try:
        own_account.change_password(parts, user, address_of(request), old, new)
    except Problem as problem:
        return _with_headers(_password(look, problem), problem)
    back = h("a", look.say("back"), href="/", class_="plain")
    return page(look, look.say("change_password"), h("p", look.say("changed"), class_="note"), h("p", back))


@router.get("/welcome/{secret}")
def get_welcome(secret: Secret, request: Request, parts: Running) -> Response:
    look = _look(request)
    if not first_admin.is_open(parts.engine, parts.clock, secret):
        return _link_over(look)
    return _welcome(look, secret)


@router.post("/welcome/{secret}")
def post_welcome(secret: Secret, request: Request, parts: Running, name: Line, password: Line) -> Response:
    refuse_cross_site(request, request.method, by_cookie=False)
    try:
        first_admin.accept(parts.accounts, secret, name, password, address=address_of(request))
    except Problem as problem:
        look = _look(request)
        return _link_over(look) if problem.status == 410 else _welcome(look, secret, name, problem)
    return _enter(request, parts, _sign_in(request, parts, name, password), "/")


def local(target: str) -> str:
    """The path to go to afterwards, if it is one of this server; else the start page."""
    plain = target.isprintable() and "\\" not in target
    return target if plain and target.startswith("/") and not target.startswith("//") else "/"


def _sign_in(request: Request, parts: Parts, name: str, password: str) -> str:
    agent = request.headers.get("user-agent", "")
    return parts.sessions.sign_in(name, password, address=address_of(request), agent=agent)


def _enter(request: Request, parts: Parts, secret: str, target: str) -> Response:
    answer = RedirectResponse(target, 303)
    set_cookie(answer, parts, secret, https=_https(request))
    return answer


def _visitor(request: Request, parts: Parts) -> User | None:
    secret = request.cookies.get(cookie_name(parts), "")
    return parts.sessions.user(secret) if secret else None


def _https(request: Request) -> bool:
    return request.url.scheme == "https"


def _look(request: Request) -> Look:
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    language: Language = "zh" if chosen == "zh" else "en" if chosen == "en" else language_of(request)
    dark = {"dark": True, "light": False}.get(request.cookies.get(THEME_COOKIE, ""))
    return Look(language, dark, request.url.path)


def _login(look: Look, target: str, name: str = "", problem: Problem | None = None) -> Response:
    fields = (
        hidden("next", target),
        field(look, "name", "name", "username", value=name),
        field(look, "password", "password", "current-password", secret=True),
    )
    lost = h("p", look.say("lost_password"), class_="fine")
    asked = form(look, "/login", "sign_in", *fields, error=_told(look, problem))
    return page(look, look.say("sign_in"), asked, lost, status=problem.status if problem else 200)


def _password(look: Look, problem: Problem | None = None) -> Response:
    fields = (
        field(look, "old_password", "old", "current-password", secret=True),
        field(look, "new_password", "new", "new-password", secret=True),
        h("p", look.say("password_rule"), class_="fine"),
    )
    asked = form(look, "/password", "change_password", *fields, error=_told(look, problem))
    return page(look, look.say("change_password"), asked, status=problem.status if problem else 200)


def _welcome(look: Look, secret: str, name: str = "", problem: Problem | None = None) -> Response:
    fields = (
        field(look, "name", "name", "username", value=name),
        field(look, "password", "password", "new-password", secret=True),
        h("p", look.say("password_rule"), class_="fine"),
    )
    asked = form(look, f"/welcome/{secret}", "create", *fields, error=_told(look, problem))
    lead = h("p", look.say("first_admin_lead"))
    return page(look, look.say("first_admin"), lead, asked, status=problem.status if problem else 200)


def _link_over(look: Look) -> Response:
    return page(look, look.say("link_over"), h("p", look.say("link_over_lead")), status=410)


def _told(look: Look, problem: Problem | None) -> str | None:
    if problem is None:
        return None
    wording = WORDINGS[problem.reason]
    remedy = problem.remedy or wording.remedy.say(look.language)
    return f"{wording.title.say(look.language)}. {remedy}"


def _with_headers(answer: Response, problem: Problem) -> Response:
    if "Retry-After" in problem.headers:
        answer.headers["Retry-After"] = problem.headers["Retry-After"]
    return answer
