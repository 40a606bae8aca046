"""Two roads from a broker into InfluxDB as processes: Caretaker's parts, and Telegraf."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from config.database import open_engine, upgrade
from config.heartbeat import read_all
from config.settings_model import Influx

ROOT = Path(__file__).parent.parent.parent
_PATIENCE_S = 60.0


class Road:
    """Processes with their CPU time."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, command: list[str], folder: Path, **variables: str) -> None:
        """Start one more; its words go to a file in the folder."""
        with (folder / "words.log").open("ab") as log:
            environment = {**os.environ, **variables}
            started = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        self._processes.append(started)

    def cpu_s(self) -> float:
        """User and system time of all its processes so far."""
        times = [psutil.Process(p.pid).cpu_times() for p in self._processes]
        return sum(t.user + t.system for t in times)

    def stop(self) -> None:
        """Ask all to end."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(30)


def caretaker(folder: Path, port: int, client_id: str, facility: Path, influx: Influx | None) -> Road:
    """`collect` and `store` on a data folder of their own, ready. influx: None for the embedded store."""
    variables = {
        "CARETAKER_DATA_DIR": str(folder),
        "CARETAKER_FACILITY": str(facility),
        "CARETAKER_MQTT__URL": f"mqtt://127.0.0.1:{port}",
        "CARETAKER_MQTT__VERSION": "3.1.1",
        "CARETAKER_MQTT__CLIENT_ID": client_id,
    }
    if influx is not None:
        assert influx.token is not None
        variables |= {
            "CARETAKER_STORE": "influx",
            "CARETAKER_INFLUX__URL": influx.url,
            "CARETAKER_INFLUX__ORG": influx.org,
            "CARETAKER_INFLUX__BUCKET": influx.bucket,
            "CARETAKER_INFLUX__TOKEN": influx.token.get_secret_value(),
        }
    folder.mkdir()
    engine = open_engine(f"sqlite:///{folder}/caretaker.db")
    upgrade(engine)
    road = Road()
    for part in ("collect", "store"):
        road.start([sys.executable, str(ROOT / "caretaker.py"), part], folder, **variables)
    until(lambda: {"collect", "store"} <= {n for n, h in read_all(engine).items() if h.state == "ok"})
    engine.dispose()
    return road


def telegraf(folder: Path, port: int, client_id: str, program: str, influx: Influx) -> Road:
    """Telegraf with the configuration in `deploy/telegraf/`, connected."""
    assert influx.token is not None
    folder.mkdir()
    road = Road()
    road.start(
        [program, "--config", str(ROOT / "deploy" / "telegraf" / "telegraf.conf")],
        folder,
        MQTT_URL=f"tcp://127.0.0.1:{port}",
        MQTT_CLIENT_ID=client_id,
        INFLUX_URL=influx.url,
        INFLUX_TOKEN=influx.token.get_secret_value(),
        INFLUX_ORG=influx.org,
        INFLUX_BUCKET=influx.bucket,
    )
    time.sleep(3.0)  # it says nowhere that it has subscribed
    return road


def until(done: Callable[[], bool], every_s: float = 0.1) -> None:
    """Wait for it; raises TimeoutError when nothing comes of it."""
    end = time.monotonic() + _PATIENCE_S
    while not done():
        if time.monotonic() > end:
            raise TimeoutError("the messages did not all arrive")
        time.sleep(every_s)
