"""What the API's tests share: two sites with boilers and fire doors, a database, and clients of all roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from anyio.from_thread import BlockingPortal, start_blocking_portal
from argon2 import PasswordHasher
from fastapi import FastAPI

from analytics.alarms.alarm import Alarm
from analytics.alarms.changes import ConditionChange
from analytics.alarms.queries import AlarmFilter
from api.accounts.passwords import Passwords
from api.app import create_app
from api.audit import COMMAND_LINE
from api.parts import Parts
from api.rights import EVERYWHERE, Grant, Role
from collector.reading import ReadingBatch
from collector.stores.embedded import EmbeddedStore
from config.clock import SECOND, ManualClock
from config.database import metadata, open_engine
from config.plant import Plant
from config.settings_model import Settings
from tests.unit.alarms import small_plant
from tests.unit.alarms.small_plant import Planted, point, rule

NOW = 1_767_600_000 * SECOND  # 2026-01-05T08:00:00Z
PASSWORD = "correct horse battery"
BOILER = small_plant.kind(
    "test_boiler",
    {
        "supply_temp": point(low=-20, high=150, normal=[40, 90]),
        "burner_on": point(low=0, high=1, type="bool"),
    },
    {"hot": rule(point="supply_temp", above=95)},
    derived={"rise": small_plant.derived("supply_temp - 20")},
)
DOOR = small_plant.kind(
    "test_door", {"open": point(low=0, high=1)}, {"ajar": rule(point="open", above=0.5)}, family="fire"
)


def campus() -> Plant:
    """Two sites, each with two boilers and a fire door."""
    places = [(f"{site}/{name}", kind) for site in ("north", "south") for name, kind in _THINGS]
    return small_plant.plant(*(Planted(place, kind) for place, kind in places))


_THINGS = (("boiler-1", BOILER), ("boiler-2", BOILER), ("door-1", DOOR))


class Client:
    """Somebody who sends requests, with their own cookies; `headers` go with each."""

    def __init__(self, house: House, **headers: str) -> None:
        self._house = house
        transport = httpx.ASGITransport(house.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://desk.test", headers=headers)

    @property
    def cookies(self) -> httpx.Cookies:
        return self.http.cookies

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        url = path if path.startswith("/") else f"/api/v1/{path}"

        async def send() -> httpx.Response:
            return await self.http.request(method, url, **more)

        return self._house.portal.call(send)

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.ask("GET", path, params=params)

    def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return self.ask("POST", path, json=body, **more)

    def items(self, path: str, **params: Any) -> list[dict[str, Any]]:
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found


class House:
    """The application over a small campus, and whoever asks it."""

    def __init__(self, folder: Path, portal: BlockingPortal, **settings: Any) -> None:
        self.clock = ManualClock(NOW)
        self.engine = open_engine(f"sqlite:///{folder}/caretaker.db")
        metadata.create_all(self.engine)
        self.plant = campus()
        self.store = EmbeddedStore(folder / "readings", clock=self.clock)
        self.settings = Settings(data_dir=folder, **settings)
        self.app: FastAPI = create_app(
            self.settings, self.plant, self.engine, self.store, self.clock, desk=False, passwords=cheap()
        )
        self.parts: Parts = self.app.state.parts
        self.portal = portal

    def close(self) -> None:
        self.store.close()
        self.engine.dispose()

    def account(self, name: str, *grants: Grant) -> None:
        self.parts.accounts.create(COMMAND_LINE, name, PASSWORD, grants)

    def as_role(self, role: Role, site: str = EVERYWHERE, family: str = EVERYWHERE) -> Client:
        """A client with an API token of a new account of that role."""
        name = f"{role}.{site}.{family}".replace("*", "all")
        if name not in {a.name for a in self.parts.accounts.everyone()}:
            self.account(name, Grant(role, site, family))
        token = self.parts.tokens.create(COMMAND_LINE, name, "test")
        return Client(self, authorization=f"Bearer {token}")

    def nobody(self) -> Client:
        return Client(self)

    def browser(self, name: str, password: str = PASSWORD) -> Client:
        """A client with a session's cookie, that sends what a browser sends."""
        client = Client(self, origin="http://desk.test")
        answer = client.post("session", {"name": name, "password": password})
        assert answer.status_code == 204, answer.text
        return client

    def alarm(self, asset: str = "north/boiler-1", rule: str = "hot") -> Alarm:
        """Raise an alarm."""
        now = self.clock.now_ns()
        self.parts.alarms.apply([ConditionChange(now, asset, rule, True, {"value": 99.0})], now)
        return self.parts.alarms.list(AlarmFilter(asset=asset, rule=rule, since=0)).items[0]

    def stores(self, values: Mapping[str, list[float]], step_s: float = 60) -> None:
        """Write readings of points by id, the last one at the present time."""
        for name, series in values.items():
            times = self.clock.now_ns() - np.arange(len(series))[::-1] * round(step_s * SECOND)
            number = self.plant.points[name].number
            self.store.write(ReadingBatch.of([number] * len(series), times, series, received_at=NOW))


def cheap() -> Passwords:
    """Hashing that costs next to nothing, for tests alone."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@contextmanager
def open_house(folder: Path, **settings: Any) -> Iterator[House]:
    with start_blocking_portal() as portal:
        house = House(folder, portal, **settings)
        try:
            yield house
        finally:
            house.close()
