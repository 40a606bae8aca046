"""`make screenshot`: pictures of a running demo for the README and for looking at.

    python -m tests.e2e.screenshot FOLDER [ADDRESS PASSWORD]

Without an address it starts a demo of its own in a temporary folder and waits for its history.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.e2e.chromium import DESK, PHONE, browser
from tests.e2e.demo import Demo, running_demo

VIEWS = (
    ("desk", DESK, "en", "light"),
    ("desk-dark-zh", DESK, "zh", "dark"),
    ("phone-zh", PHONE, "zh", "light"),
)
_SETTLE_MS = 1500


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) == 4:
        take_all(Demo(sys.argv[2], sys.argv[3]), folder)
        return
    with running_demo() as demo:
        take_all(demo, folder)


def take_all(demo: Demo, folder: Path) -> None:
    """Every page in every view."""
    with browser() as chromium:
        for view, size, language, theme in VIEWS:
            page = signed_in(chromium, demo, size, language, theme=theme)
            for name, path in pages(page, demo):
                page.goto(demo.address + path)
                page.wait_for_selector(".main")
                page.wait_for_timeout(_SETTLE_MS)
                page.screenshot(path=folder / f"{name}-{view}.png")
            page.context.close()


def signed_in(
    chromium: Browser,
    demo: Demo,
    size: tuple[int, int],
    language: str,
    *,
    theme: str = "light",
    user: str = "admin",
) -> Page:
    """A page of somebody who has signed in through the form."""
    width, height = size
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(f"{demo.address}/prefer?language={language}&theme={theme}&next=/login")
    page.fill("input[name=name]", user)
    page.fill("input[name=password]", demo.password)
    page.click("button[type=submit]")
    page.wait_for_selector(".main")
    return page


def pages(page: Page, demo: Demo) -> list[tuple[str, str]]:
    """Names and paths, with the first alarm there is."""
    page.goto(f"{demo.address}/alarms")
    page.wait_for_selector(".main")
    first = page.query_selector("a.line")
    found = [
        ("overview", "/"),
        ("family", "/family/heating?site=north"),
        ("asset", "/assets/north/boiler-1"),
        ("alarms", "/alarms"),
        ("intake", "/intake"),
    ]
    return found + ([("alarm", first.get_attribute("href") or "/alarms")] if first else [])


if __name__ == "__main__":
    main()
