"""Who looks at a page, in which language and light."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from api.answers import preferred
from api.parts import Parts
from api.rights import User
from api.ui.words import say
from config.text import Language, Text

LANGUAGE_COOKIE, THEME_COOKIE = "caretaker_language", "caretaker_theme"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in at a desk page."""

    user: User
    language: Language
    dark: bool | None
    """None: as the device has it."""
    address: str = ""

    def say(self, name: str, **values: object) -> str:
        """A word of the pages."""
        return say(name, self.language, **values)

    def text(self, text: Text) -> str:
        """A text of the facility or a kind."""
        return text.say(self.language)

    def of_json(self, text: dict[str, str] | None) -> str:
        """A text kept as JSON with an alarm."""
        return "" if text is None else text.get(self.language) or text.get("en", "")


def visitor_of(parts: Parts, request: Request, cookie: str) -> Visitor | None:
    """The visitor whose session the request's cookie names; None: nobody is signed in."""
    secret = request.cookies.get(cookie)
    user = parts.sessions.user(secret) if secret else None
    if user is None:
        return None
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    wished = chosen if chosen in ("en", "zh") else user.language
    language = preferred(request, wished, parts.settings.language)
    dark = {"dark": True, "light": False}.get(request.cookies.get(THEME_COOKIE, ""))
    address = request.client.host if request.client else ""
    return Visitor(user, language, dark, address)
