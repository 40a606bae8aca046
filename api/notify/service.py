"""The process that tells people: reads the outbox and sends over the channels."""

from __future__ import annotations

import logging
import threading
import time

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from api.notify.channels.registry import configured
from api.notify.deliveries import drop_unknown, prune, waiting
from api.notify.sender import Sender
from config.clock import DAY, Clock
from config.database import open_engine
from config.heartbeat import beat
from config.settings_model import Settings

log = logging.getLogger(__name__)

_IDLE_S, _BEAT_S, _PRUNE_S = 0.1, 1.0, 300.0
_KEPT_NS = 30 * DAY


def notify(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    """Send until `stop` is set. Raises BrokenChannelError when a channel's file cannot be used."""
    engine = open_engine(settings)
    channels = configured(settings)
    log.info("telling over %s", ", ".join(c.name for c in channels))
    sender = Sender(engine, channels, clock, np.random.default_rng())
    drop_unknown(engine, [c.name for c in channels], clock.now_ns())
    try:
        _run(engine, sender, clock, stop)
    finally:
        sender.close()
        engine.dispose()


def _run(engine: Engine, sender: Sender, clock: Clock, stop: threading.Event) -> None:
    next_beat = next_prune = 0.0
    while not stop.is_set():
        try:
            handled = sender.step()
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + _BEAT_S
                _beat(engine, sender, clock)
            if time.monotonic() >= next_prune:
                next_prune = time.monotonic() + _PRUNE_S
                prune(engine, clock.now_ns() - _KEPT_NS)
        except OperationalError as error:
            # A database that is away or held by somebody else for long: what is claimed comes due again.
            log.warning("the database does not answer, trying again: %s", error.orig)
            handled = 0
        if not handled:
            stop.wait(_IDLE_S)


def _beat(engine: Engine, sender: Sender, clock: Clock) -> None:
    trouble = sender.trouble()
    state = "ok" if trouble is None else "degraded"
    beat(engine, "notify", clock, state, reason=trouble or "", details={"waiting": waiting(engine)})
