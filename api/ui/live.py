"""A part of a page that draws itself anew while somebody looks at it."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup
from nicegui import run, ui


class Region:
    """HTML that is drawn off the event loop, and sent again only when it has changed."""

    def __init__(self, draw: Callable[[], Markup], every_s: float) -> None:
        self._draw = draw
        self._shown = draw()
        self._element = ui.html(self._shown, sanitize=False).style("width:100%")
        ui.timer(every_s, self.refresh, immediate=False)

    async def refresh(self) -> None:
        """Draw now."""
        fresh = await run.io_bound(self._draw)
        if fresh is not None and fresh != self._shown:
            self._shown = fresh
            self._element.set_content(fresh)
