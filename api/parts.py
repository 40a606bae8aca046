"""The running parts that routes, pages and services are wired to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from analytics.alarms.service import AlarmService
from api.accounts.passwords import Passwords
from api.accounts.service import Accounts
from api.accounts.sessions import Sessions
from api.accounts.tokens import Tokens
from collector.stores.base import Store
from config.clock import Clock
from config.plant import Plant
from config.settings_model import Settings


@dataclass(frozen=True)
class Parts:
    """Built once at start, shared by all requests; everything in it is safe to use from several threads."""

    settings: Settings
    plant: Plant
    engine: Engine
    store: Store
    clock: Clock
    alarms: AlarmService
    accounts: Accounts
    sessions: Sessions
    tokens: Tokens

    @classmethod
    def build(
        cls,
        settings: Settings,
        plant: Plant,
        engine: Engine,
        store: Store,
        clock: Clock,
        *,
        passwords: Passwords | None = None,
    ) -> Parts:
        """Wire the parts around what is given."""
        hashing = passwords or Passwords()
        return cls(
            settings=settings,
            plant=plant,
            engine=engine,
            store=store,
            clock=clock,
            alarms=AlarmService(engine, plant, clock),
            accounts=Accounts(engine, clock, hashing),
            sessions=Sessions(engine, clock, hashing),
            tokens=Tokens(engine, clock),
        )
