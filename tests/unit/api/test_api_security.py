"""What stands before every request: size, origin, headers; and that no input makes the server fail."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.rights import Grant, Role
from api.security import DESK_POLICY, LARGEST_BODY, STRICT_POLICY, headers_for
from tests.unit.api.api_kit import PASSWORD, Client, House, open_house


def test_a_page_of_another_site_can_do_nothing_with_somebodys_cookie(house: House) -> None:
    house.account("li", Grant(Role.OPERATOR))
    alarm = house.alarm().id
    browser = house.browser("li")
    for headers in (
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"origin": "http://desk.test", "sec-fetch-site": "cross-site"},
        {"origin": "http://desk.test", "sec-fetch-site": "same-site"},
        {"origin": ""},
    ):
        answer = browser.ask("POST", f"alarms/{alarm}/acknowledge", headers=headers)
        assert (answer.status_code, answer.json()["reason"]) == (403, "cross_site"), headers
    assert browser.post(f"alarms/{alarm}/acknowledge").status_code == 200


def test_a_cookie_without_any_word_of_where_it_comes_from_changes_nothing(house: House) -> None:
    house.account("li", Grant(Role.OPERATOR))
    program = house.nobody()
    assert program.post("session", {"name": "li", "password": PASSWORD}).status_code == 204
    refused = program.post(f"alarms/{house.alarm().id}/acknowledge")
    assert refused.json()["reason"] == "cross_site"
    assert "Bearer" in refused.json()["remedy"]
    assert program.get("me").status_code == 200


def test_signing_somebody_in_from_another_site_is_refused(house: House) -> None:
    house.account("li", Grant(Role.OPERATOR))
    foreign = {"origin": "https://evil.test"}
    for path, how in (("session", "json"), ("/login", "data")):
        body: Any = {how: {"name": "li", "password": PASSWORD}}
        assert house.nobody().ask("POST", path, headers=foreign, **body).status_code == 403


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(house: House) -> None:
    operator = house.as_role(Role.OPERATOR)
    path = f"alarms/{house.alarm().id}/comment"
    large = b'{"comment": "' + b"x" * LARGEST_BODY + b'"}'

    async def in_pieces() -> Any:
        for at in range(0, len(large), 65536):
            yield large[at : at + 65536]

    for body in (large, in_pieces()):
        answer = operator.ask("POST", path, content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["reason"]) == (413, "too_large")


def test_every_answer_carries_the_headers_and_scripts_only_run_where_the_desk_needs_them(
    house: House,
) -> None:
    answer = house.nobody().get("health")
    assert answer.headers["content-security-policy"] == STRICT_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert "unsafe" not in STRICT_POLICY
    for path in ("/login", "/welcome/x", "/password", "/metrics", "/phone/app", "/api/v1/assets"):
        assert headers_for(path, https=False)["Content-Security-Policy"] == STRICT_POLICY
    desk = headers_for("/alarms", https=True)
    assert desk["Content-Security-Policy"] == DESK_POLICY
    assert desk["Strict-Transport-Security"] == "max-age=31536000"
    assert "frame-ancestors 'none'" in DESK_POLICY


def test_a_mistake_of_ours_is_told_without_its_details(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(house.parts.store, "latest", broken)
    answer = house.as_role(Role.VIEWER).get("readings/latest")
    assert answer.status_code == 500
    assert answer.json()["reason"] == "internal"
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "header", ["Basic YTpi", "Bearer", "Bearer ", "Bearer ct_nothing", "bearer x y z", "x"]
)
def test_a_wrong_authorization_header_is_no_sign_in(house: House, header: str) -> None:
    answer = house.nobody().ask("GET", "sites", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="caretaker"'


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with open_house(tmp_path_factory.mktemp("fuzz")) as house:
        house.alarm()
        yield house.as_role(Role.ADMIN)


ODD = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "\x00",
            "null",
            "NaN",
            "-1",
            "0",
            "1e400",
            "9" * 30,
            "../../etc/passwd",
            "%",
            "*",
            "'--",
            "\ud7ff",
        ]
    ),
    st.text(max_size=30),
    st.text(alphabet=string.digits + "-:TZ+. smhd", max_size=30),
)
NAMES = [
    "cursor",
    "limit",
    "site",
    "family",
    "kind",
    "asset",
    "point",
    "start",
    "end",
    "window",
    "agg",
    "since",
]
NAMES += ["state", "priority", "rule", "lang"]
LISTS = ["sites", "kinds", "assets", "points", "overview", "readings", "readings/latest", "alarms", "ledger"]
LISTS += ["accounts", "audit", "tokens", "me", "health", "assets/a/b", "alarms/x"]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(LISTS), params=st.dictionaries(st.sampled_from(NAMES), ODD, max_size=4))
def test_no_query_makes_the_server_fail(admin: Client, path: str, params: dict[str, str]) -> None:
    assert admin.get(path, **params).status_code < 500


KEYS = ["reason", "duration", "until", "comment", "version", "one_shot", "name", "password", "grants", "role"]
KEYS += [
    "site",
    "title",
    "lifetime",
    "readings",
    "point",
    "value",
    "time",
    "disabled",
    "old",
    "new",
    "language",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)
DEEDS = ["acknowledge", "comment", "shelve", "unshelve", "suppress", "out-of-service", "return-to-service"]
POSTS = [f"alarms/{{alarm}}/{deed}" for deed in DEEDS] + ["accounts", "tokens", "me/password", "readings"]


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(POSTS), body=JSON)
def test_no_body_makes_the_server_fail(admin: Client, path: str, body: Any) -> None:
    import json

    alarm = admin.items("alarms", since="0")[0]["id"]
    content = json.dumps(body).encode("utf-8", "surrogatepass")
    headers = {"content-type": "application/json"}
    answer = admin.ask("POST", path.format(alarm=alarm), content=content, headers=headers)
    assert answer.status_code < 500, answer.text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from([*POSTS, "session"]),
    content=st.binary(max_size=60),
    kind=st.sampled_from(["json", "x"]),
)
def test_no_bytes_make_the_server_fail(admin: Client, path: str, content: bytes, kind: str) -> None:
    headers = {"content-type": f"application/{kind}"}
    assert admin.ask("POST", path, content=content, headers=headers).status_code < 500
