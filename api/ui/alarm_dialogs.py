"""What is asked before an alarm is made quiet: for how long, and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nicegui import ui

from api.ui.visitor import Visitor
from config.clock import HOUR

_TIMES = {1: "one_hour", 8: "shift", 24: "one_day"}


@contextmanager
def _asked(visitor: Visitor, title: str) -> Iterator[ui.dialog]:
    with ui.dialog() as dialog, ui.card().style("min-width:min(420px,90vw);gap:12px"):
        ui.label(visitor.say(title)).style("font-weight:620;font-size:var(--step-2)")
        yield dialog


def _buttons(visitor: Visitor, dialog: ui.dialog, submit: Any) -> None:
    with ui.element("div").classes("actions"):
        ui.button(visitor.say("save"), on_click=submit, color=None).classes("act").props("unelevated")
        ui.button(visitor.say("cancel"), on_click=lambda: dialog.submit(None), color=None).classes("mild")


async def ask_reason(visitor: Visitor, title: str) -> str | None:
    """A reason in words; None: cancelled."""
    with _asked(visitor, title) as dialog:
        reason = ui.textarea(visitor.say("reason")).props("outlined autogrow").style("width:100%")

        def submit() -> None:
            if not reason.value or not reason.value.strip():
                ui.notify(visitor.say("reason_needed"), type="warning")
                return
            dialog.submit(reason.value)

        _buttons(visitor, dialog, submit)
    answer: str | None = await dialog
    return answer


async def ask_comment(visitor: Visitor) -> str | None:
    """A remark; None: cancelled."""
    return await ask_reason(visitor, "add_comment")


async def ask_shelving(visitor: Visitor) -> dict[str, Any] | None:
    """Reason, time in ns and whether it ends when the condition goes; None: cancelled."""
    with _asked(visitor, "lay_aside") as dialog:
        choices = {hours: visitor.say(word) for hours, word in _TIMES.items()}
        hours = (
            ui.select(choices, value=1, label=visitor.say("for_hours")).props("outlined").style("width:100%")
        )
        once = ui.checkbox(visitor.say("until_it_goes"))
        reason = ui.textarea(visitor.say("reason")).props("outlined autogrow").style("width:100%")

        def submit() -> None:
            if not reason.value or not reason.value.strip():
                ui.notify(visitor.say("reason_needed"), type="warning")
                return
            answer = {"reason": reason.value, "duration_ns": hours.value * HOUR, "one_shot": once.value}
            dialog.submit(answer)

        _buttons(visitor, dialog, submit)
    answer: dict[str, Any] | None = await dialog
    return answer
