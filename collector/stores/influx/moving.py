"""Both journals into InfluxDB, for the process `store`."""

from __future__ import annotations

import logging
import os

import numpy as np

from collector import folders
from collector.stores.influx.pursuit import AT_ONCE
from collector.stores.influx.refused import RefusedLines
from collector.stores.influx.schema import Schema
from collector.stores.influx.sending import Sender
from collector.stores.influx.server import Server
from collector.stores.influx.set_up import set_up
from collector.stores.influx.writer import InfluxWriter
from collector.stores.moving import Health
from config.clock import Clock
from config.database import open_engine
from config.loading import load_plant
from config.point_numbers import StoredNumbers
from config.settings_model import Settings

log = logging.getLogger(__name__)

GATHER_S = 0.2
"""How long readings gather before they are written: fewer and larger bodies cost the server much less."""


class InfluxMover:
    """One writer over the journals of measured and of derived readings."""

    def __init__(self, server: Server, writer: InfluxWriter, refused: RefusedLines) -> None:
        self._server = server
        self._writer = writer
        self._refused = refused
        self._written = 0

    @classmethod
    def open(cls, settings: Settings, clock: Clock) -> InfluxMover:
        """For this node; the server need not be there yet."""
        engine = open_engine(settings)
        schema = Schema.of(load_plant(settings, StoredNumbers(engine)))
        engine.dispose()
        server = Server(settings.influx)
        refused = RefusedLines(settings.data_dir, clock)
        journals = [place(settings.data_dir).journal for place in (folders.measured, folders.derived)]
        writer = InfluxWriter(
            Sender(server, schema, refused.keep).send,
            journals,
            clock,
            np.random.default_rng(os.getpid()),  # only so that several nodes do not come back in step
            prepare=lambda: set_up(settings.influx, settings.retention),
        )
        return cls(server, writer, refused)

    def step(self) -> float:
        """A portion of each journal; the next one at once when this one was full."""
        written = self._writer.step()
        self._written += written
        for damage in self._writer.take_damage():
            log.error("journal: %s", damage)
        return 0.0 if written >= AT_ONCE else GATHER_S

    def health(self) -> Health:
        """Written and refused since the start, what waits, and why nothing is written if that is so."""
        trouble = self._writer.trouble
        details = {
            "written": self._written,
            "refused": self._refused.count,
            "waiting": self._writer.waiting,
            "draining": self._writer.draining,
        }
        return Health("away" if trouble else "ok", str(trouble or ""), details)

    def close(self) -> None:
        """Save the place in the journals; close files and connections."""
        self._writer.close()
        self._server.close()
