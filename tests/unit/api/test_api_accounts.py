"""Accounts: signing in, throttling, sessions, tokens, the first admin."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from api.accounts import first_admin
from api.accounts.demo import ensure_demo_accounts
from api.accounts.service import Accounts
from api.audit import COMMAND_LINE, entries
from api.pages import Paging
from api.problems import Problem, Reason
from api.rights import Grant, Role
from config.clock import DAY, MINUTE, SECOND
from tests.unit.api.api_kit import PASSWORD, House, cheap


def test_signing_in_gives_a_cookie_that_scripts_and_other_sites_cannot_use(house: House) -> None:
    house.account("li", Grant(Role.CREW))
    client = house.nobody()
    answer = client.post("session", {"name": " LI ", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 204
    assert cookie.startswith("caretaker_8080=")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.get("me").json()["name"] == "li"


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(house: House) -> None:
    house.account("li", Grant(Role.CREW))
    wrong = house.nobody().post("session", {"name": "li", "password": "not this one"})
    unknown = house.nobody().post("session", {"name": "nobody", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["reason"] == Reason.WRONG_CREDENTIALS


def test_guessing_is_slowed_down_and_the_wait_is_told(house: House) -> None:
    house.account("li", Grant(Role.CREW))
    client = house.nobody()
    answers = [client.post("session", {"name": "li", "password": f"guess {n}"}) for n in range(6)]
    assert [a.status_code for a in answers] == [401] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "1"
    assert client.post("session", {"name": "li", "password": PASSWORD}).status_code == 429
    house.clock.wind(2)
    assert client.post("session", {"name": "li", "password": "guess 7"}).status_code == 401
    house.clock.wind(1.5)
    assert client.post("session", {"name": "li", "password": PASSWORD}).headers["retry-after"] == "1"
    house.clock.wind(1)
    assert client.post("session", {"name": "li", "password": PASSWORD}).status_code == 204
    assert client.post("session", {"name": "li", "password": "guess 8"}).status_code == 401


def test_a_guesser_elsewhere_does_not_lock_the_owner_out(house: House) -> None:
    house.account("li", Grant(Role.CREW))
    for n in range(5):
        with pytest.raises(Problem):
            house.parts.sessions.sign_in("li", f"guess {n}", address="203.0.113.9")
    assert house.parts.sessions.sign_in("li", PASSWORD, address="192.0.2.1")


def test_a_whole_school_behind_one_address_signs_in_undisturbed(house: House) -> None:
    house.account("li", Grant(Role.CREW))
    assert len({house.parts.sessions.sign_in("li", PASSWORD, address="192.0.2.1") for _ in range(100)}) == 100


def test_an_address_that_guesses_many_names_is_slowed_down_too(house: House) -> None:
    client = house.nobody()
    answers = [client.post("session", {"name": f"name-{n}", "password": "guess"}) for n in range(31)]
    statuses = [a.status_code for a in answers]
    assert statuses == [401] * 30 + [429]


def test_a_session_ends_when_idle_for_a_week_and_after_thirty_days_at_the_latest(house: House) -> None:
    house.account("li", Grant(Role.CREW))
    client = house.browser("li")
    for _ in range(5):
        house.clock.wind(6 * DAY / SECOND)
        answer = client.get("me").status_code
    assert answer == 200
    house.clock.wind(DAY / SECOND)
    assert client.get("me").status_code == 401
    other = house.browser("li")
    house.clock.wind(8 * DAY / SECOND)
    assert other.get("me").status_code == 401


def test_signing_out_ends_this_session_alone(house: House) -> None:
    house.account("li", Grant(Role.CREW))
    desk, phone = house.browser("li"), house.browser("li")
    secret = desk.cookies["caretaker_8080"]
    assert desk.ask("DELETE", "session").status_code == 204
    assert house.parts.sessions.user(secret) is None
    assert phone.get("me").status_code == 200


def test_a_new_password_ends_the_other_sessions(house: House) -> None:
    house.account("li", Grant(Role.CREW))
    desk, phone = house.browser("li"), house.browser("li")
    change = {"old": PASSWORD, "new": "another long secret"}
    assert desk.post("me/password", change).status_code == 204
    assert desk.get("me").status_code == 200
    assert phone.get("me").status_code == 401
    assert house.browser("li", "another long secret").get("me").status_code == 200


@pytest.mark.parametrize("new", ["short", "aaaaaaaaaaaa", "li-li-li-li"[:10]])
def test_a_weak_password_is_refused_with_the_rule_it_breaks(house: House, new: str) -> None:
    house.account("li-li", Grant(Role.CREW))
    answer = house.browser("li-li").post("me/password", {"old": PASSWORD, "new": new})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "password"
    assert "password:" in answer.json()["remedy"]


def test_a_token_cannot_change_the_password_or_make_more_tokens(house: House) -> None:
    client = house.as_role(Role.ADMIN)
    assert client.post("me/password", {"old": PASSWORD, "new": "another long secret"}).status_code == 403
    assert client.post("tokens", {"title": "more"}).status_code == 403


def test_a_token_works_until_it_is_revoked_or_has_expired(house: House) -> None:
    house.account("li", Grant(Role.VIEWER))
    browser = house.browser("li")
    token = browser.post("tokens", {"title": "grafana", "lifetime": "90d"}).json()["token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert house.nobody().ask("GET", "sites", headers=bearer).status_code == 200
    entry = browser.items("tokens")[0]
    assert (entry["title"], entry["expires_at"]) == ("grafana", "2026-04-05T08:00:00.000Z")
    assert browser.ask("DELETE", f"tokens/{entry['id']}").status_code == 204
    assert house.nobody().ask("GET", "sites", headers=bearer).status_code == 401
    brief = house.parts.tokens.create(COMMAND_LINE, "li", "brief", lifetime_ns=MINUTE)
    house.clock.wind(61)
    assert house.parts.tokens.user(brief) is None


def test_neither_tokens_nor_sessions_nor_passwords_lie_in_the_database(house: House, tmp_path: Path) -> None:
    house.account("li", Grant(Role.VIEWER))
    browser = house.browser("li")
    token = browser.post("tokens", {"title": "grafana"}).json()["token"]
    stored = b"".join(p.read_bytes() for p in tmp_path.glob("caretaker.db*"))
    for secret in (token, browser.cookies["caretaker_8080"], PASSWORD):
        assert secret.encode() not in stored
    assert b"$argon2id$" in stored


def test_disabling_an_account_ends_its_sessions_and_tokens_at_once(house: House) -> None:
    house.account("chief", Grant(Role.ADMIN))
    house.account("li", Grant(Role.VIEWER))
    li, token = house.browser("li"), house.parts.tokens.create(COMMAND_LINE, "li", "x")
    admin = house.browser("chief")
    assert admin.ask("PATCH", "accounts/li", json={"disabled": True}).json()["disabled"]
    assert li.get("me").status_code == 401
    assert house.parts.tokens.user(token) is None
    assert li.post("session", {"name": "li", "password": PASSWORD}).status_code == 401


def test_the_last_admin_can_neither_be_disabled_nor_lose_the_role(house: House) -> None:
    house.account("chief", Grant(Role.ADMIN))
    admin = house.browser("chief")
    for change in ({"disabled": True}, {"grants": [{"role": "viewer"}]}):
        answer = admin.ask("PATCH", "accounts/chief", json=change)
        assert (answer.status_code, answer.json()["reason"]) == (409, "not_in_this_state")
    assert admin.get("me").json()["grants"] == [{"role": "admin", "site": "*", "family": "*"}]


def test_an_admin_makes_accounts_and_every_step_stands_in_the_audit_log(house: House) -> None:
    house.account("chief", Grant(Role.ADMIN))
    admin = house.browser("chief")
    wanted = {"name": "Wang", "password": "a password of hers", "grants": [{"role": "crew", "site": "north"}]}
    assert admin.post("accounts", wanted).json()["name"] == "wang"
    assert admin.post("accounts", wanted).status_code == 422
    nearly = admin.post("accounts", {**wanted, "name": "zhao", "grants": [{"role": "crew", "site": "nort"}]})
    assert nearly.json()["remedy"] == "Did you mean north?"
    rows = admin.items("audit")
    assert [(r["who"], r["action"], r["subject"]) for r in rows[:2]] == [
        ("chief", "account.create", "wang"),
        ("chief", "session.start", "chief"),
    ]
    assert rows[0]["details"] == {"grants": ["crew@north/*"]}
    assert "password" not in str(rows)


def test_the_first_admin_link_works_once_and_for_a_day(house: House) -> None:
    accounts = house.parts.accounts
    first = first_admin.offer(accounts)
    second = first_admin.offer(accounts)
    assert first is not None
    assert second is not None
    assert not first_admin.is_open(house.engine, house.clock, first)
    with pytest.raises(Problem, match="cannot be used"):
        first_admin.accept(accounts, second, "chief", "short", address="local")
    first_admin.accept(accounts, second, "chief", PASSWORD, address="local")
    with pytest.raises(Problem) as used:
        first_admin.accept(accounts, second, "rogue", PASSWORD, address="local")
    assert used.value.reason is Reason.LINK_USED
    assert first_admin.offer(accounts) is None
    assert house.browser("chief").get("accounts").status_code == 200


def test_the_first_admin_link_expires(house: House) -> None:
    secret = first_admin.offer(house.parts.accounts)
    assert secret is not None
    house.clock.wind(DAY / SECOND + 1)
    assert not first_admin.is_open(house.engine, house.clock, secret)


def test_the_demo_has_one_account_per_role_and_keeps_its_password(house: House, tmp_path: Path) -> None:
    accounts = Accounts(house.engine, house.clock, cheap())
    first = ensure_demo_accounts(accounts, tmp_path / "secrets")
    again = ensure_demo_accounts(accounts, tmp_path / "secrets")
    assert first == again
    assert set(first.names) == set(Role)
    kept = tmp_path / "secrets" / "demo-password"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    me = house.browser("officer", first.password).get("me").json()
    assert me["grants"] == [{"role": "officer", "site": "*", "family": "*"}]


def test_the_audit_log_is_read_page_by_page(house: House) -> None:
    for n in range(5):
        house.account(f"person-{n}", Grant(Role.VIEWER))
    first = entries(house.engine, Paging(limit=3))
    second = entries(house.engine, Paging(first.next, 3))
    assert [r["subject"] for r in [*first.items, *second.items]] == [f"person-{n}" for n in (4, 3, 2, 1, 0)]
    assert second.next is None
