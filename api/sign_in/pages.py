"""The markup of the sign-in pages: plain forms that work without scripts."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup
from starlette.responses import HTMLResponse

from api.sign_in.words import say
from api.ui.html import Child, h, join
from config.text import Language

CODES = {"en": "en", "zh": "zh-CN"}


@dataclass(frozen=True, slots=True)
class Look:
    """Language and light of a page; dark None: as the device has it. path: where it lies."""

    language: Language
    dark: bool | None
    path: str

    def say(self, name: str) -> str:
        """A word in the page's language."""
        return say(name, self.language)


def page(look: Look, title: str, *body: Child, status: int = 200) -> HTMLResponse:
    """A whole page with one card in its middle."""
    other = "zh" if look.language == "en" else "en"
    switch = f"/prefer?language={other}&next={quote(look.path, safe='/')}"
    light = {True: "body--dark", False: "", None: "as-device"}[look.dark]
    head = h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("title", f"{title} · {look.say('product')}"),
        h("link", rel="stylesheet", href="/pages/sign-in.css"),
    )
    card = h("main", h("p", look.say("product"), class_="brand"), h("h1", title), *body, class_="card door")
    foot = h("a", look.say("other_language"), href=switch, class_="plain", lang=CODES[other])
    content = h("html", head, h("body", card, h("footer", foot), class_=light), lang=CODES[look.language])
    return HTMLResponse(join(Markup("<!doctype html>"), content), status)


def form(look: Look, action: str, button: str, *fields: Child, error: str | None = None) -> Markup:
    """A form; the error stands above the fields and is read aloud."""
    told = h("p", error, class_="note bad", role="alert") if error else None
    submit = h("button", look.say(button), type="submit", class_="act")
    return h("form", told, *fields, submit, method="post", action=action)


def field(
    look: Look, label: str, name: str, autocomplete: str, *, secret: bool = False, value: str = ""
) -> Markup:
    """A labelled input."""
    entry = h(
        "input",
        name=name,
        type="password" if secret else "text",
        autocomplete=autocomplete,
        autocapitalize="none",
        spellcheck="false",
        maxlength=200,
        required=True,
        value=value or None,
    )
    return h("label", h("span", look.say(label)), entry)


def hidden(name: str, value: str) -> Markup:
    """A value that goes along with the form."""
    return h("input", type="hidden", name=name, value=value)
