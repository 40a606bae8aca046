"""A whole node as its user starts it, `caretaker run`, on ports and a data folder of the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import psutil

from config.database import open_engine
from config.heartbeat import read_all
from tests.brokers import free_port

ROOT = Path(__file__).parents[2]
PARTS = ("broker", "serve", "store", "analyse", "collect", "notify")
Found = TypeVar("Found")


def until(look: Callable[[], Found], what: str, seconds: float = 60.0, pause: float = 0.05) -> Found:
    """What `look` gives as soon as it gives something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(pause)
    return found


class WholeNode:
    """`caretaker run` and the processes below it. On leaving, nothing of it is left."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.http, self.mqtt = free_port(), free_port()
        own = {k: v for k, v in os.environ.items() if not k.startswith("CARETAKER_")}
        self.environment = {
            **own,
            "CARETAKER_HTTP_PORT": str(self.http),
            "CARETAKER_MQTT_PORT": str(self.mqtt),
            "CARETAKER_DATA_DIR": str(folder),
            **variables,
        }
        self._process: subprocess.Popen[str] | None = None
        self._seen: dict[int, psutil.Process] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    @property
    def supervisor(self) -> psutil.Process:
        assert self._process is not None
        return psutil.Process(self._process.pid)

    def start(self) -> None:
        command = [sys.executable, str(ROOT / "caretaker.py"), "run"]
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, text=True)

    def children(self) -> dict[str, psutil.Process]:
        """The running parts by name."""
        found = {}
        for child in self.supervisor.children():
            try:
                words = child.cmdline()
            except psutil.NoSuchProcess:
                continue
            if len(words) > 2 and child.status() != psutil.STATUS_ZOMBIE:
                found[words[2]] = child
                self._seen[child.pid] = child
        return found

    def alive(self) -> bool:
        """Whether every part has given a sign of life, and by the process that runs now."""
        running = self.children()
        if set(running) != set(PARTS):
            return False
        # The parts are started after the tables were made.
        engine = open_engine(f"sqlite:///{self.folder}/caretaker.db")
        said = read_all(engine)
        engine.dispose()
        return all(p in said and said[p].pid == running[p].pid and said[p].state == "ok" for p in PARTS)

    def signal(self, number: int) -> None:
        self.supervisor.send_signal(number)

    def wait(self, seconds: float = 20.0) -> int:
        """The exit code of `run`."""
        assert self._process is not None
        return self._process.wait(seconds)

    def left(self) -> list[str]:
        """Names of processes that were its own and still run."""
        return [
            p.name() for p in self._seen.values() if p.is_running() and p.status() != psutil.STATUS_ZOMBIE
        ]

    def stop(self) -> None:
        """Ctrl-C, if it still runs, and the end of all."""
        if self._process is not None and self._process.poll() is None:
            self.children()
            self.signal(signal.SIGINT)
            self.wait(30)

    def __enter__(self) -> WholeNode:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for process in self._seen.values():
            if process.is_running():
                process.kill()

    def log(self) -> str:
        """All that it said."""
        return (self.folder.parent / f"{self.folder.name}.log").read_text()


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
