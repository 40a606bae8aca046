"""The role matrix: every route × every role × own and other site and family, as the one table says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from api.auth import Needs
from api.rights import EVERYWHERE, TABLE, WHOLE_INSTALLATION, Action, Grant, Role, Scope, User
from tests.unit.api.api_kit import PASSWORD, Client, House, open_house
from tests.unit.api.test_api_intake import refuse

OWN, OTHER_SITE, OTHER_FAMILY = "north/boiler-1", "south/boiler-1", "north/door-1"
OPEN = {
    *((method, "/api/{rest:path}") for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")),
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/health"),
    ("POST", "/api/v1/session"),
    ("GET", "/pages/sign-in.css"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("GET", "/password"),
    ("POST", "/password"),
    ("GET", "/welcome/{secret}"),
    ("POST", "/welcome/{secret}"),
}
"""Routes that need no sign-in, or look for it by themselves (the pages send people to sign in)."""


@dataclass(frozen=True)
class Try:
    """A request that works for whoever may do it. {asset} and {alarm} stand for what it is about."""

    method: str
    path: str
    action: Action
    body: dict[str, Any] | None = None
    params: dict[str, str] | None = None
    at: str | None = None
    """The request's path when it differs from the route's."""

    @property
    def about_one(self) -> bool:
        """Whether it is about one asset or alarm, so that it can be about a foreign one."""
        asked = f"{self.at} {self.params} {self.body}"
        return any(place in asked for place in ("{asset}", "{alarm}", "{point}", "{message}"))


V1 = "/api/v1/"
WHY = {"reason": "a test"}
TRIES = [
    Try("GET", V1 + "sites", Action.SEE_PLANT),
    Try("GET", V1 + "kinds", Action.SEE_PLANT),
    Try("GET", V1 + "assets", Action.SEE_PLANT),
    Try("GET", V1 + "assets/{site}/{asset}", Action.SEE_PLANT, at=V1 + "assets/{asset}"),
    Try("GET", V1 + "points", Action.SEE_PLANT),
    Try("GET", V1 + "overview", Action.SEE_PLANT),
    Try("GET", V1 + "readings", Action.SEE_READINGS, params={"point": "{point}"}),
    Try("GET", V1 + "readings/latest", Action.SEE_READINGS),
    Try("GET", V1 + "alarms", Action.SEE_ALARMS),
    Try("GET", V1 + "alarms/{alarm_id}", Action.SEE_ALARMS, at=V1 + "alarms/{alarm}"),
    *(
        Try("POST", f"{V1}alarms/{{alarm_id}}/{deed}", action, body, at=f"{V1}alarms/{{alarm}}/{deed}")
        for deed, action, body in (
            ("acknowledge", Action.ACKNOWLEDGE, {}),
            ("comment", Action.COMMENT, {"comment": "seen"}),
            ("reset", Action.ACKNOWLEDGE, None),
            ("shelve", Action.SHELVE, {**WHY, "duration": "1h"}),
            ("unshelve", Action.SHELVE, {}),
            ("suppress", Action.SUPPRESS, {**WHY, "until": "2026-01-06T08:00:00Z"}),
            ("out-of-service", Action.OUT_OF_SERVICE, WHY),
            ("return-to-service", Action.OUT_OF_SERVICE, {}),
        )
    ),
    Try("GET", V1 + "ledger", Action.SEE_INTAKE),
    Try("GET", V1 + "quarantine", Action.SEE_INTAKE),
    Try("GET", V1 + "quarantine/{number}", Action.SEE_INTAKE, at=V1 + "quarantine/{message}"),
    Try(
        "POST",
        V1 + "quarantine/{number}/replay",
        Action.REPLAY_QUARANTINE,
        at=V1 + "quarantine/{message}/replay",
    ),
    Try("POST", V1 + "readings", Action.ENTER_READING, {"point": "{point}", "value": 1.0}),
    Try("GET", "/metrics", Action.SEE_INTAKE),
    Try("GET", V1 + "stream", Action.SEE_PLANT, params={"topic": "health", "limit": "0"}),
    Try("DELETE", V1 + "session", Action.USE_ACCOUNT),
    Try("GET", V1 + "me", Action.USE_ACCOUNT),
    Try("POST", V1 + "me/password", Action.USE_ACCOUNT, {"old": PASSWORD, "new": PASSWORD}),
    Try("GET", V1 + "tokens", Action.USE_ACCOUNT),
    Try("POST", V1 + "tokens", Action.USE_ACCOUNT, {"title": "x", "lifetime": "1ms"}),
    Try("DELETE", V1 + "tokens/{token_id}", Action.USE_ACCOUNT, at=V1 + "tokens/999"),
    Try("GET", V1 + "accounts", Action.MANAGE_ACCOUNTS),
    Try("POST", V1 + "accounts", Action.MANAGE_ACCOUNTS, {"name": "!", "grants": [{"role": "viewer"}]}),
    Try("PATCH", V1 + "accounts/{name}", Action.MANAGE_ACCOUNTS, {}, at=V1 + "accounts/viewer"),
    Try("GET", V1 + "audit", Action.SEE_AUDIT),
]
MATRIX = [pytest.param(t, r, id=f"{t.method} {t.path} {r}") for t in TRIES for r in Role]


class Matrix:
    """A house with an alarm at each place, and a browser for every role."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.alarms = {a: house.alarm(a, "ajar" if "door" in a else "hot").id for a in PLACES}
        house.stores({f"{a}/{'open' if 'door' in a else 'supply_temp'}": [1.0] for a in PLACES})
        refuse(house, *PLACES)
        self.messages = {asset: str(number) for number, asset in enumerate(PLACES, 1)}
        self._browsers: dict[tuple[Role, str, str], Client] = {}

    def ask(self, one: Try, role: Role, asset: str, site: str = "north", family: str = "boiler") -> Any:
        point = f"{asset}/{'open' if 'door' in asset else 'supply_temp'}"
        fills = {"asset": asset, "point": point, "alarm": self.alarms[asset], "message": self.messages[asset]}
        path = (one.at or one.path).format(**fills)
        params = {name: value.format(**fills) for name, value in (one.params or {}).items()}
        body = one.body if one.body is None else {k: _filled(v, fills) for k, v in one.body.items()}
        # Of a stream that would not end, only the guard is asked: this place is refused after it.
        headers = {"last-event-id": "nonsense"} if path.endswith("/stream") else {}
        browser = self.browser(role, site, family, fresh=one.method == "DELETE")
        return browser.ask(one.method, path, json=body, params=params, headers=headers)

    def browser(self, role: Role, site: str, family: str, *, fresh: bool = False) -> Client:
        key = (role, site, family)
        name = ".".join(key).replace("*", "all")
        if key not in self._browsers:
            self.house.account(name, Grant(*key))
            self._browsers[key] = self.house.browser(name)
        return self.house.browser(name) if fresh else self._browsers[key]


PLACES = (OWN, OTHER_SITE, OTHER_FAMILY)


def _filled(value: Any, fills: dict[str, str]) -> Any:
    return value.format(**fills) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.services.intake.PATIENCE_S", 0)
        yield from _matrix(tmp_path_factory)


def _matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with open_house(tmp_path_factory.mktemp("matrix")) as house:
        yield Matrix(house)


def _routes(house: House) -> dict[tuple[str, str], list[Action]]:
    """Every route with the actions its guards ask for."""
    found = {}
    for route in iter_route_contexts(house.app.routes):
        dependant = getattr(route, "dependant", None)
        guards = [d.call for d in dependant.dependencies] if dependant else []
        actions = [g.action for g in guards if isinstance(g, Needs)]
        found |= {(m, str(route.path)): actions for m in (route.methods or ()) if m != "HEAD"}
    return found


def test_every_route_is_tried_here_and_guarded_by_the_action_it_is_tried_with(matrix: Matrix) -> None:
    guarded = {place: actions for place, actions in _routes(matrix.house).items() if place not in OPEN}
    assert guarded == {(t.method, t.path): [t.action] for t in TRIES}


@pytest.mark.parametrize("one", TRIES, ids=lambda t: f"{t.method} {t.path}")
def test_nobody_gets_anywhere_without_signing_in(matrix: Matrix, one: Try) -> None:
    answer = matrix.house.nobody().ask(one.method, one.path, json=one.body)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("one", "role"), MATRIX)
def test_at_their_own_place_people_may_what_the_table_says(matrix: Matrix, one: Try, role: Role) -> None:
    answer = matrix.ask(one, role, OWN)
    may = one.action in TABLE[role] and one.action not in WHOLE_INSTALLATION
    assert (answer.status_code not in (401, 403)) is may, answer.text
    assert answer.status_code < 500


@pytest.mark.parametrize(("one", "role"), [m for m in MATRIX if m.values[0].action in WHOLE_INSTALLATION])
def test_what_reaches_the_whole_installation_takes_a_grant_for_all_of_it(
    matrix: Matrix, one: Try, role: Role
) -> None:
    answer = matrix.ask(one, role, OWN, EVERYWHERE, EVERYWHERE)
    assert (answer.status_code not in (401, 403)) is (one.action in TABLE[role]), answer.text


@pytest.mark.parametrize("foreign", [OTHER_SITE, OTHER_FAMILY])
@pytest.mark.parametrize(("one", "role"), [m for m in MATRIX if m.values[0].about_one])
def test_at_other_sites_and_families_nobody_may_anything(
    matrix: Matrix, one: Try, role: Role, foreign: str
) -> None:
    assert matrix.ask(one, role, foreign).status_code == 403


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    "path", ["assets", "points", "readings/latest", "alarms", "overview", "sites", "quarantine"]
)
def test_lists_hold_nothing_of_other_sites_and_families(matrix: Matrix, path: str, role: Role) -> None:
    answer = matrix.browser(role, "north", "boiler").get(path)
    if answer.status_code == 403:
        return
    text = answer.text
    assert "north" in text
    assert "south" not in text
    assert "door" not in text


def test_rights_of_two_grants_are_not_mixed() -> None:
    """A crew member of the north who may only look at the south cannot acknowledge there."""
    user = User(1, "li", (Grant(Role.CREW, "north", "boiler"), Grant(Role.VIEWER, "south")))
    assert user.may(Action.ACKNOWLEDGE, "north", "boiler")
    assert not user.may(Action.ACKNOWLEDGE, "north", "fire")
    assert not user.may(Action.ACKNOWLEDGE, "south", "boiler")
    assert user.may(Action.SEE_ALARMS, "south", "fire")
    assert user.scope(Action.SEE_ALARMS).pairs == (("north", "boiler"), ("south", None))


def test_an_empty_scope_covers_nothing() -> None:
    assert not Scope(())
    assert not Scope(()).covers("north", "boiler")
    assert Scope(()).pairs == ()


def test_every_role_stands_in_the_table_and_admin_may_everything() -> None:
    assert set(TABLE) == set(Role)
    assert TABLE[Role.ADMIN] == set(Action)
    assert all(Action.USE_ACCOUNT in able for able in TABLE.values())
