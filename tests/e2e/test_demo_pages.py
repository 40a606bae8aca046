"""The desk pages in a real browser, at desk and phone width, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.e2e.chromium import DESK, PHONE
from tests.e2e.demo import Demo
from tests.e2e.screenshot import pages, signed_in

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.browser]

WORDS = {"en": "What is wrong", "zh": "当前问题"}


def _complaints(page: Page) -> list[str]:
    found: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_opens_without_error_and_fits_its_width(
    demo: Demo, browser: Browser, size: tuple[int, int], language: str
) -> None:
    page = signed_in(browser, demo, size, language)
    complaints = _complaints(page)
    for name, path in pages(page, demo):
        answer = page.goto(demo.address + path)
        assert answer is not None
        assert answer.status == 200, name
        page.wait_for_selector(".main h1")
        too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert too_wide <= 0, f"{name} is {too_wide} px too wide"
    page.goto(demo.address)
    assert page.get_by_text(WORDS[language]).first.is_visible()
    assert not complaints
    page.context.close()


def test_nobody_sees_a_page_without_signing_in(demo: Demo, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{demo.address}/alarms")
    assert "/login" in page.url
    page.close()


def test_a_first_visit_without_any_cookie_shows_the_campus(demo: Demo, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(demo.address)
    page.fill("input[name=name]", "viewer")
    page.fill("input[name=password]", demo.password)
    page.click("button[type=submit]")
    page.get_by_text(WORDS["zh"]).first.wait_for()
    context.close()


def test_a_crew_member_takes_an_alarm_with_one_press(demo: Demo, browser: Browser) -> None:
    page = signed_in(browser, demo, PHONE, "en", user="crew")
    page.goto(f"{demo.address}/alarms")
    page.locator("a.line").first.click()
    page.wait_for_url("**/alarms/*-*")
    page.get_by_role("button", name="I take it").click()
    page.get_by_text("crew has it").wait_for(timeout=10_000)
    page.context.close()


def test_a_viewer_is_offered_nothing_to_press(demo: Demo, browser: Browser) -> None:
    page = signed_in(browser, demo, DESK, "en", user="viewer")
    page.goto(f"{demo.address}/alarms")
    page.locator("a.line").first.click()
    page.wait_for_url("**/alarms/*-*")
    page.wait_for_selector(".main h1")
    assert page.get_by_role("button", name="I take it").count() == 0
    page.goto(f"{demo.address}/intake")
    assert page.get_by_text("may not see this").is_visible()
    page.context.close()


def test_addresses_that_lead_nowhere_say_so(demo: Demo, browser: Browser) -> None:
    page = signed_in(browser, demo, DESK, "en")
    page.goto(f"{demo.address}/assets/north/nothing")
    assert page.get_by_text("nothing at this address").is_visible()
    page.goto(f"{demo.address}/prefer?language=zh&next=//elsewhere.example/")
    assert page.url.startswith(demo.address)
    page.context.close()
