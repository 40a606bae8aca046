"""The process that serves REST, live stream and pages: over HTTPS, or in plain HTTP on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from api.app import create_app
from api.certificate import own_certificate, warn_before_expiry
from collector.stores import open_store
from config.clock import Clock
from config.database import open_engine
from config.heartbeat import beat
from config.loading import load_plant
from config.mistakes import ConfigurationErrors, Mistake
from config.point_numbers import StoredNumbers
from config.settings_model import Settings

log = logging.getLogger(__name__)

_LAST_WORDS_S = 2


class Pair(NamedTuple):
    """Files of a certificate (with its chain) and its key."""

    certificate: Path
    key: Path


def serve(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    """Serve until `stop` is set. Raises ConfigurationErrors where plain HTTP would be open to a network."""
    pair = certificate_of(settings)
    refuse_open_plain_http(settings, pair)
    door = listen(settings.http_host, settings.http_port)
    engine = open_engine(settings)
    plant = load_plant(settings, StoredNumbers(engine))
    store = open_store(settings, plant, clock)
    app = create_app(settings, plant, engine, store, clock, https=pair is not None)
    if pair is not None:
        warn_before_expiry(pair.certificate, clock)
    beating = threading.Thread(target=_beat, args=(engine, clock, stop), name="heartbeat", daemon=True)
    beating.start()
    try:
        run_until(app, door, pair, stop)
    finally:
        stop.set()
        beating.join()
        store.close()
        engine.dispose()


def certificate_of(settings: Settings) -> Pair | None:
    """The given certificate, else the own one that `caretaker certificate` made, else none."""
    if settings.tls.certificate is not None and settings.tls.key is not None:
        return Pair(settings.tls.certificate, settings.tls.key)
    own = own_certificate(settings.data_dir)
    return None if own is None else Pair(*own)


def refuse_open_plain_http(settings: Settings, pair: Pair | None) -> None:
    """Raises ConfigurationErrors when passwords would cross a network in the clear."""
    if pair is not None or settings.allow_plain_http or is_loopback(settings.http_host):
        return
    problem = "is reachable from a network, and there is no certificate"
    remedy = (
        "Run `caretaker certificate`, or give tls.certificate and tls.key; behind a proxy that speaks HTTPS "
        "set allow_plain_http: true"
    )
    raise ConfigurationErrors([Mistake("settings", 0, "http_host", settings.http_host, problem, remedy)])


def is_loopback(host: str) -> bool:
    """True for an address that only this machine can reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises ConfigurationErrors where that is not possible."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        problem = f"cannot be listened on at {host}: {error.strerror or error}"
        remedy = "Stop what uses it, or set http_host and http_port (CARETAKER_HTTP_PORT) to others"
        raise ConfigurationErrors([Mistake("settings", 0, "http_port", str(port), problem, remedy)]) from None


def run_until(app: FastAPI, door: socket.socket, pair: Pair | None, stop: threading.Event) -> None:
    """Run the server in this thread until `stop` is set; open streams get two seconds to end."""
    config = uvicorn.Config(
        app,
        ssl_certfile=pair and str(pair.certificate),
        ssl_keyfile=pair and str(pair.key),
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_LAST_WORDS_S,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=64 << 10,
    )
    server = _Server(config)

    async def run() -> None:
        ending = asyncio.create_task(_end(server, app, stop))
        log.info("serving %s on port %d", "HTTPS" if pair else "plain HTTP", door.getsockname()[1])
        await server.serve(sockets=[door])
        ending.cancel()

    asyncio.run(run())


class _Server(uvicorn.Server):
    """Leaves the signals to the process's own handling, which sets `stop`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _end(server: uvicorn.Server, app: FastAPI, stop: threading.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.1)
    # Streams never end by themselves, and the server waits for them.
    app.state.hub.end_all()
    server.should_exit = True


def _beat(engine: Engine, clock: Clock, stop: threading.Event) -> None:
    while not stop.wait(1.0):
        try:
            beat(engine, "serve", clock)
        except OperationalError as error:
            log.warning("the sign of life could not be written: %s", error.orig)
