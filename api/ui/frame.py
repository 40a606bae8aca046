"""What every desk page stands in: the rail with the places to go, the heading, and the page's own part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from markupsafe import Markup
from nicegui import ui

from api.rights import Action
from api.ui.html import h, join
from api.ui.icons import icon
from api.ui.visitor import Visitor

FAMILIES = ("boiler", "heating", "fire", "canteen", "utility")
_CSS = Path(__file__).parent / "design.css"
Crumb = tuple[str, str]


def shared_style() -> None:
    """Give every page the design; once per process."""
    ui.add_css(_CSS, shared=True)


@contextmanager
def frame(
    visitor: Visitor, path: str, title: str, crumbs: Sequence[Crumb] = (), aside: Markup | None = None
) -> Iterator[None]:
    """A page: what is created inside stands under the heading."""
    ui.page_title(f"{title} · {visitor.say('product')}")
    ui.dark_mode(visitor.dark)
    with ui.element("div").classes("shell"):
        ui.html(_rail(visitor, path), sanitize=False)
        with ui.element("main").classes("main").props("id=main"):
            ui.html(_head(title, crumbs, aside), sanitize=False)
            yield


def _head(title: str, crumbs: Sequence[Crumb], aside: Markup | None) -> Markup:
    trail = [join(h("a", name, href=link), h("span", "›", aria_hidden="true")) for name, link in crumbs]
    line = h("nav", *trail, class_="crumbs", aria_label="breadcrumb") if trail else None
    return h("header", line, h("h1", title), aside, class_="head")


def _rail(visitor: Visitor, path: str) -> Markup:
    say = visitor.say
    links = [_link(path, "/", "campus", say("campus")), _link(path, "/alarms", "alarm", say("alarms"))]
    links += [_link(path, f"/family/{f}", f, say(f), extra=f) for f in FAMILIES]
    if visitor.user.may_somewhere(Action.SEE_INTAKE):
        links.append(_link(path, "/intake", "intake", say("intake")))
    brand = h("a", say("product"), h("small", say("tagline")), class_="brand", href="/")
    return h("nav", brand, *links, _foot(visitor, path), class_="rail", aria_label=say("product"))


def _link(path: str, href: str, drawing: str, words: str, extra: str = "") -> Markup:
    here = path == href or (href != "/" and path.startswith(href))
    current = "page" if here else None
    first, _, rest = words.partition(" ")
    label = h("span", first, h("span", f" {rest}", class_="long") if rest else None)
    return h("a", icon(drawing), label, class_=f"nav {extra}".strip(), href=href, aria_current=current)


def _foot(visitor: Visitor, path: str) -> Markup:
    other = "en" if visitor.language == "zh" else "zh"
    light = "light" if visitor.dark else "dark"
    here = quote(path, safe="/")
    leave = h(
        "form",
        h("button", visitor.say("sign_out"), type="submit", class_="plain"),
        method="post",
        action="/logout",
    )
    return h(
        "div",
        h("div", icon("person", 16), " ", visitor.user.name, class_="fine"),
        h(
            "div",
            h("a", visitor.say("other_language"), href=f"/prefer?language={other}&next={here}"),
            h("a", visitor.say(light), href=f"/prefer?theme={light}&next={here}"),
            leave,
            class_="row",
        ),
        class_="foot",
    )
