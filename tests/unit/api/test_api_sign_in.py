"""The pages before the desk: signing in, the first admin, a new password; plain forms without scripts."""

from __future__ import annotations

import re

import pytest

from api.accounts import first_admin
from api.rights import Grant, Role
from api.security import STRICT_POLICY
from api.sign_in.routes import local
from api.sign_in.style import style_sheet
from tests.unit.api.api_kit import PASSWORD, House

FORM = {"origin": "http://desk.test"}


def test_people_sign_in_by_a_form_and_come_to_where_they_wanted(house: House) -> None:
    house.account("li", Grant(Role.CREW))
    client = house.nobody()
    page = client.get("/login", next="/alarms")
    assert page.headers["content-security-policy"] == STRICT_POLICY
    assert "<script" not in page.text
    assert 'name="next" value="/alarms"' in page.text
    answer = client.ask(
        "POST", "/login", data={"name": "li", "password": PASSWORD, "next": "/alarms"}, headers=FORM
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/alarms")
    assert client.get("me").json()["name"] == "li"


def test_a_wrong_password_is_said_on_the_page_and_the_name_stays(house: House) -> None:
    client = house.nobody()
    page = client.ask("POST", "/login", data={"name": '<b>"li', "password": "wrong"}, headers=FORM)
    assert page.status_code == 401
    assert 'role="alert"' in page.text
    assert "&lt;b&gt;&#34;li" in page.text
    for _ in range(5):
        page = client.ask("POST", "/login", data={"name": '<b>"li', "password": "wrong"}, headers=FORM)
    assert (page.status_code, page.headers["retry-after"]) == (429, "1")


def test_the_pages_speak_both_languages(house: House) -> None:
    client = house.nobody()
    english = client.get("/login")
    chinese = client.ask("GET", "/login", headers={"accept-language": "zh-CN"})
    assert '<html lang="en">' in english.text
    assert "Sign in" in english.text
    assert '<html lang="zh-CN">' in chinese.text
    assert "登录" in chinese.text
    client.cookies.set("caretaker_language", "zh")
    assert "登录" in client.get("/login").text


@pytest.mark.parametrize(
    "target", ["//evil.test", "https://evil.test", "/\\evil.test", "\\\\evil", "javascript:x", "/a\r\nb", ""]
)
def test_signing_in_leads_to_no_other_site(target: str) -> None:
    assert local(target) == "/"


def test_signing_out_by_form(house: House) -> None:
    house.account("li", Grant(Role.CREW))
    browser = house.browser("li")
    assert browser.ask("POST", "/logout", headers={"origin": "https://evil.test"}).status_code == 403
    answer = browser.ask("POST", "/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert browser.get("me").status_code == 401


def test_the_first_admin_is_made_by_the_link_and_is_signed_in(house: House) -> None:
    secret = first_admin.offer(house.parts.accounts)
    client = house.nobody()
    assert "works once" in client.get(f"/welcome/{secret}").text
    refused = client.ask(
        "POST", f"/welcome/{secret}", data={"name": "chief", "password": "short"}, headers=FORM
    )
    assert refused.status_code == 422
    assert "10 to 200 characters" in refused.text
    made = client.ask(
        "POST", f"/welcome/{secret}", data={"name": "chief", "password": PASSWORD}, headers=FORM
    )
    assert (made.status_code, made.headers["location"]) == (303, "/")
    assert "manage_accounts" in client.get("me").json()["actions"]
    assert house.nobody().get(f"/welcome/{secret}").status_code == 410


def test_the_password_page_asks_for_the_present_one(house: House) -> None:
    house.account("li", Grant(Role.CREW))
    assert house.nobody().get("/password").headers["location"] == "/login?next=/password"
    browser = house.browser("li")
    assert browser.get("/password").status_code == 200
    wrong = browser.ask("POST", "/password", data={"old": "wrong", "new": "another long secret"})
    assert wrong.status_code == 401
    done = browser.ask("POST", "/password", data={"old": PASSWORD, "new": "another long secret"})
    assert "password is changed" in done.text
    assert house.browser("li", "another long secret").get("me").status_code == 200


def test_the_style_uses_only_tokens_that_the_design_has(house: House) -> None:
    sheet = style_sheet()
    used, known = set(re.findall(r"var\((--[\w-]+)\)", sheet)), set(re.findall(r"(--[\w-]+):", sheet))
    assert used <= known
    assert "prefers-color-scheme: dark" in sheet
    answer = house.nobody().get("/pages/sign-in.css")
    assert answer.headers["content-type"].startswith("text/css")
