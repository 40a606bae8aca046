"""A whole demo as a process, on free ports, with its own data."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
HISTORY_S = 180.0


@dataclass(frozen=True)
class Demo:
    """Where it is and how to sign in."""

    address: str
    password: str
    mqtt_port: int = 0
    folder: Path = field(default_factory=Path)
    pid: int = 0

    @contextmanager
    def api(self, user: str = "admin") -> Iterator[httpx.Client]:
        """A signed-in client of the REST routes."""
        base, origin = f"{self.address}/api/v1", {"Origin": self.address}
        with httpx.Client(base_url=base, timeout=20, headers=origin) as client:
            answer = client.post("/session", json={"name": user, "password": self.password})
            answer.raise_for_status()
            yield client


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_demo(
    folder: Path | None = None, environment: Mapping[str, str] | None = None, wait_s: float = HISTORY_S
) -> Iterator[Demo]:
    """Start `caretaker run --demo`, wait until its history is loaded, and end it afterwards."""
    with tempfile.TemporaryDirectory() as spare:
        data = folder or Path(spare)
        http, mqtt = free_port(), free_port()
        ports = {"CARETAKER_HTTP_PORT": str(http), "CARETAKER_MQTT_PORT": str(mqtt)}
        settings = {**os.environ, **ports, "CARETAKER_DATA_DIR": str(data), **(environment or {})}
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "caretaker.py"), "run", "--demo"],
            env=settings,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            demo = _greeting(process, http, mqtt, data)
            wait_until_loaded(demo, wait_s)
            yield demo
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


def _greeting(process: subprocess.Popen[str], http: int, mqtt: int, data: Path) -> Demo:
    assert process.stdout is not None
    for line in process.stdout:
        found = re.search(r"with password (\S+)", line)
        if found:
            return Demo(f"http://127.0.0.1:{http}", found[1], mqtt, data, process.pid)
    raise AssertionError(f"the demo ended with {process.wait()} before it said how to sign in")


def wait_until_loaded(demo: Demo, wait_s: float) -> None:
    """Until `health` answers 200."""
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        try:
            answer = httpx.get(f"{demo.address}/api/v1/health", timeout=5)
            # Who publishes before the collector listens is heard by nobody.
            if answer.status_code == 200 and _listens(answer.json()["parts"].get("collect")):
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"the demo's history was not loaded within {wait_s:.0f} s")


def _listens(collector: dict[str, str] | None) -> bool:
    return collector is not None and collector["state"] == "ok"
