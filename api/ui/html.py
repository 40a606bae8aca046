"""Small, safe HTML: every text is escaped unless it is markup already."""

from __future__ import annotations

from markupsafe import Markup, escape

Child = Markup | str | int | float | None
_VOID = {"br", "hr", "img", "input", "link", "meta", "line", "path", "circle", "rect", "polyline", "polygon"}


def h(tag: str, *children: Child, **attributes: str | int | float | bool | None) -> Markup:
    """An element. `class_` loses its underscore, inner underscores become hyphens; None is left out."""
    parts = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        key = name.rstrip("_").replace("_", "-")
        parts.append(f" {key}" if value is True else f' {key}="{escape(value)}"')
    opening = f"<{tag}{''.join(parts)}>"
    if tag in _VOID:
        return Markup(opening[:-1] + " />")  # noqa: S704 - every part is escaped above
    return Markup(f"{opening}{join(*children)}</{tag}>")  # noqa: S704 - every part is escaped above


def join(*children: Child) -> Markup:
    """Children one after the other; None is left out."""
    return Markup("").join(escape(c) for c in children if c is not None)
