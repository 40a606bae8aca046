"""A collector as its own process, on a broker and a data folder of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from collector.bookkeeper import Bookkeeper
from collector.intake.delta import Delta
from collector.intake.delta import decode as decode_delta
from collector.journal import JournalReader
from collector.ledger import read_ledger
from config.clock import SystemClock
from config.database import open_engine, upgrade
from config.heartbeat import read_all
from config.loading import load_plant
from config.plant import Plant, PlantPoint
from config.point_numbers import StoredNumbers

ROOT = Path(__file__).parent.parent.parent


class Node:
    """A data folder with its database, and the part `collect` on it."""

    def __init__(self, folder: Path, broker_port: int, **variables: str) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "CARETAKER_DATA_DIR": str(folder),
            "CARETAKER_MQTT__URL": f"mqtt://127.0.0.1:{broker_port}",
            "CARETAKER_MQTT__VERSION": "3.1.1",
            **variables,
        }
        self.engine: Engine = open_engine(f"sqlite:///{folder}/caretaker.db")
        upgrade(self.engine)
        self.plant: Plant = load_plant(None, StoredNumbers(self.engine))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, part: str = "collect") -> None:
        command = [sys.executable, str(ROOT / "caretaker.py"), part]
        self._process = subprocess.Popen(command, env=self.environment, cwd=self.folder)

    def kill(self) -> None:
        """kill -9"""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
        self._process = None

    def stop(self) -> int:
        """Ask it to end; returns its exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(20)
        self._process = None
        return code

    def until(self, done: Callable[[], Any], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"did not happen: {self.health()} {self.totals()}"
            assert self._process is None or self._process.poll() is None, "the part ended by itself"
            time.sleep(0.02)

    def health(self) -> tuple[str, str]:
        part = read_all(self.engine).get("collect")
        return (part.state, part.reason) if part else ("none", "")

    def listens(self) -> bool:
        """Whether this process, not one before it, says that it hears."""
        part = read_all(self.engine).get("collect")
        return part is not None and part.pid == self.pid and part.state == "ok"

    def totals(self) -> dict[str, int]:
        found = read_ledger(self.engine)
        return {
            n: found[n] for n in ("received", "stored", "duplicate", "quarantined", "in_flight", "missing")
        }

    def write_up(self) -> None:
        """What a collector that was killed had committed comes into the ledger."""
        books = Bookkeeper(self.engine, self.folder / "journal", SystemClock())
        books.catch_up()
        books.close()

    def journaled(self) -> tuple[list[tuple[int, int]], Delta]:
        """Point and time of every reading in the journal, and all that its entries say beside them."""
        reader = JournalReader(self.folder / "journal", None)
        keys: list[tuple[int, int]] = []
        delta = Delta()
        while entries := reader.read():
            for entry in entries:
                keys += zip(entry.readings.point.tolist(), entry.readings.time.tolist(), strict=True)
                delta.add(decode_delta(entry.ledger))
        assert reader.take_damage() == []
        reader.close()
        return keys, delta

    def __enter__(self) -> Node:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self.engine.dispose()

    def numeric_points(self, count: int) -> list[PlantPoint]:
        """Measured points of as many assets."""
        found = [
            next((p for p in a.points.values() if not p.derived and p.type == "number"), None)
            for a in self.plant.by_index
        ]
        return [p for p in found if p is not None][:count]
