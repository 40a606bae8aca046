"""Line icons, drawn for 24 × 24, that take the colour of the text beside them."""

from __future__ import annotations

from markupsafe import Markup

from api.ui.html import h

_PATHS = {
    "campus": "M3 21h18M5 21V9l7-5 7 5v12M9 21v-6h6v6",
    "boiler": "M12 3c1 4 5 6 5 11a5 5 0 0 1-10 0c0-3 2-4 2-7 2 1 3 3 3 5 1-2 1-5 0-9z",
    "heating": "M4 6h16M4 18h16M6 6v12M10 6v12M14 6v12M18 6v12",
    "fire": "M9 21h6M10 21V9h4v12M8 9h8M12 9V5M9 5h6M7 13h3M14 13h3",
    "canteen": "M7 3v8M5 3v5a2 2 0 0 0 4 0V3M7 11v10M16 3c-2 2-2 6 0 8v10M16 3v18",
    "utility": "M4 14a8 8 0 1 1 16 0M12 14l4-4M4 18h16",
    "alarm": "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
    "intake": "M12 3v10M8 9l4 4 4-4M4 15v4h16v-4",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L21 21",
    "person": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c0-4 4-6 8-6s8 2 8 6",
    "arrow": "M9 6l6 6-6 6",
}


def icon(name: str, size: int = 20) -> Markup:
    """The icon; one that has no drawing gets the gauge of `utility`."""
    path = h("path", d=_PATHS.get(name, _PATHS["utility"]))
    return h(
        "svg",
        path,
        class_="icon",
        width=size,
        height=size,
        viewBox="0 0 24 24",
        fill="none",
        stroke="currentColor",
        stroke_width="1.7",
        stroke_linecap="round",
        stroke_linejoin="round",
        aria_hidden="true",
    )
