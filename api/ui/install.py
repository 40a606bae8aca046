"""Mounts the desk pages on the application."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from fastapi import FastAPI
from nicegui import ui
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.parts import Parts
from api.problems import Problem
from api.ui.frame import frame, shared_style
from api.ui.html import h
from api.ui.pages.alarm import alarm_page
from api.ui.pages.alarms import Choice, alarms_page
from api.ui.pages.asset import asset_page
from api.ui.pages.family import family_page
from api.ui.pages.intake import intake_page
from api.ui.pages.overview import overview
from api.ui.visitor import LANGUAGE_COOKIE, THEME_COOKIE, Visitor, visitor_of

_YEAR_S = 365 * 86400


class Desk:
    """The pages of one application."""

    def __init__(self, parts: Parts, cookie: str) -> None:
        self._parts, self._cookie = parts, cookie

    def show(self, request: Request, draw: Callable[[Visitor], None]) -> Response | None:
        """Draw a page for who is signed in; others are sent to sign in first."""
        visitor = visitor_of(self._parts, request, self._cookie)
        if visitor is None:
            return RedirectResponse(f"/login?next={quote(request.url.path, safe='/')}", 303)
        try:
            draw(visitor)
        except Problem as problem:
            with frame(visitor, request.url.path, str(problem.status)):
                words = visitor.say("not_permitted" if problem.status == 403 else "not_found")
                ui.html(_lost(words, visitor), sanitize=False)
        return None


def _lost(words: str, visitor: Visitor) -> str:
    link = h("a", visitor.say("back_to_campus"), href="/", class_="plain")
    return h("div", h("b", words), link, class_="empty")


def install(app: FastAPI, parts: Parts, cookie: str, *, https: bool) -> None:
    """Add every page to the application; `cookie` names the session's cookie."""
    desk = Desk(parts, cookie)
    shared_style()

    @ui.page("/", response_timeout=20)
    def _overview(request: Request) -> Response | None:
        return desk.show(request, lambda v: overview(parts, v))

    @ui.page("/family/{family}", response_timeout=20)
    def _family(request: Request, family: str, site: str | None = None) -> Response | None:
        return desk.show(request, lambda v: family_page(parts, v, family, site))

    @ui.page("/assets/{site}/{asset}", response_timeout=20)
    def _asset(request: Request, site: str, asset: str) -> Response | None:
        return desk.show(request, lambda v: asset_page(parts, v, f"{site}/{asset}"))

    @ui.page("/alarms", response_timeout=20)
    def _alarms(
        request: Request, family: str | None = None, priority: str | None = None, show: str = "open"
    ) -> Response | None:
        return desk.show(request, lambda v: alarms_page(parts, v, Choice(family, priority, show)))

    @ui.page("/alarms/{alarm_id}", response_timeout=20)
    def _alarm(request: Request, alarm_id: str) -> Response | None:
        return desk.show(request, lambda v: alarm_page(parts, v, alarm_id))

    @ui.page("/intake", response_timeout=20)
    def _intake(request: Request) -> Response | None:
        return desk.show(request, lambda v: intake_page(parts, v))

    _preferences(app, https=https)
    ui.run_with(app, title="Caretaker", show_welcome_message=False, tailwind=False, reconnect_timeout=10)


def _preferences(app: FastAPI, *, https: bool) -> None:
    @app.get("/prefer", include_in_schema=False)
    def prefer(language: str | None = None, theme: str | None = None, next: str = "/") -> Response:  # noqa: A002
        """Remember language and light in the browser, and go back to a page of ours."""
        target = next if next.startswith("/") and not next.startswith(("//", "/\\")) else "/"
        answer = RedirectResponse(target, 303)
        wishes = ((LANGUAGE_COOKIE, language, ("en", "zh")), (THEME_COOKIE, theme, ("light", "dark")))
        for name, value, valid in wishes:
            if value in valid:
                answer.set_cookie(name, value, max_age=_YEAR_S, samesite="strict", secure=https)
        return answer
