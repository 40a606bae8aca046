"""The process `store`: moves both journals into the store that the settings name."""

from __future__ import annotations

import threading
from contextlib import ExitStack, closing

from collector.stores.moving import Mover
from config.clock import Clock
from config.database import open_engine
from config.heartbeat import beat
from config.settings_model import Settings

PART = "store"
_BEAT_NS = 1_000_000_000


def store(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    """Run until `stop` is set; what waits in the journals then is moved by the next start."""
    engine = open_engine(settings)
    with ExitStack() as closing_all:
        closing_all.callback(engine.dispose)
        mover = closing_all.enter_context(closing(open_mover(settings, clock)))
        told = 0
        while not stop.is_set():
            wait_s = mover.step()
            now = clock.now_ns()
            if not 0 <= now - told < _BEAT_NS:
                told = now
                health = mover.health()
                beat(engine, PART, clock, health.state, health.reason, details=health.details)
            if wait_s:
                stop.wait(wait_s)


def open_mover(settings: Settings, clock: Clock) -> Mover:
    """Whatever writes the store that the settings name."""
    if settings.store == "influx":
        from collector.stores.influx.moving import InfluxMover

        return InfluxMover.open(settings, clock)
    from collector.stores.embedded.moving import EmbeddedMover

    return EmbeddedMover(settings, clock)
