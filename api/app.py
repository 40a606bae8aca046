"""The application: wiring only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from sqlalchemy import Engine

from api import answers, metrics
from api.accounts.passwords import Passwords
from api.auth import cookie_name
from api.parts import Parts
from api.routes import accounts, alarms, health, intake, plant, readings, sessions, stream, unknown
from api.schemas.common import PROBLEMS
from api.security import Guarded
from api.sign_in import routes as sign_in
from api.stream.hub import Hub
from api.stream.sources import News
from collector.stores.base import Store
from config.clock import Clock
from config.plant import Plant
from config.settings_model import Settings

PREFIX = "/api/v1"
_ROUTES = (health, plant, readings, alarms, intake, stream, sessions, accounts)


def create_app(
    settings: Settings,
    plant_: Plant,
    engine: Engine,
    store: Store,
    clock: Clock,
    *,
    https: bool = False,
    desk: bool = True,
    passwords: Passwords | None = None,
) -> FastAPI:
    """The REST interface, the live stream, the metrics and (`desk`) the pages, over the given parts."""
    parts = Parts.build(settings, plant_, engine, store, clock, passwords=passwords)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        hub: Hub = app.state.hub
        await hub.start()
        yield
        await hub.stop()

    app = FastAPI(
        title="Caretaker",
        version="1",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.parts, app.state.language = parts, settings.language
    app.state.hub = Hub(News(parts))
    answers.install(app)
    for module in _ROUTES:
        app.include_router(module.router, prefix=PREFIX, responses=PROBLEMS)
    app.include_router(unknown.router)
    app.include_router(metrics.router)
    app.include_router(sign_in.router)
    if desk:
        from api.ui.install import install

        install(app, parts, cookie_name(parts), https=https)
    app.add_middleware(Guarded, https=https)
    return app
