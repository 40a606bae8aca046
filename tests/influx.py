"""A real InfluxDB 2 for tests: one that is running, or an `influxd` of our own on a free port."""

from __future__ import annotations

import atexit
import json
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from influxdb_client import InfluxDBClient

from config.settings_model import Influx as InfluxSettings
from tests.brokers import free_port

ORG = "caretaker"
_TOOLS = Path(
    os.environ.get("CARETAKER_TOOLS")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "caretaker-tools"
)
WHERE = "set INFLUXDB_URL and INFLUXDB_TOKEN, put influxd on PATH, or run deploy/influxd/build.sh"


def binary() -> str | None:
    """INFLUXD, `influxd` on PATH, or the newest that `deploy/influxd/build.sh` built; None: there is none."""
    built = sorted(map(str, _TOOLS.glob("influxd-v*")))
    return os.environ.get("INFLUXD") or shutil.which("influxd") or (built[-1] if built else None)


@dataclass(frozen=True)
class Access:
    """How to speak with a server, with the rights to make buckets."""

    url: str
    token: str
    org: str = ORG

    def settings(self, bucket: str) -> InfluxSettings:
        return InfluxSettings(url=self.url, org=self.org, bucket=bucket, token=self.token)


class Influxd:
    """A server of our own with its own folder, which can be killed, stopped, and started again."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.access = Access(f"http://127.0.0.1:{self.port}", secrets.token_hex(16))
        self._program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.start()
        self._set_up()

    def start(self) -> None:
        command = [
            self._program,
            f"--http-bind-address=127.0.0.1:{self.port}",
            f"--bolt-path={self.folder}/influxd.bolt",
            f"--sqlite-path={self.folder}/influxd.sqlite",
            f"--engine-path={self.folder}/engine",
            "--reporting-disabled",
            "--log-level=error",
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with urlopen(f"{self.access.url}/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError(f"influxd did not start; see {self.folder}/log")

    def _set_up(self) -> None:
        body = {"username": "admin", "password": "a password for tests", "org": ORG, "bucket": "first"}
        body["token"] = self.access.token
        headers = {"Content-Type": "application/json"}
        urlopen(Request(f"{self.access.url}/api/v2/setup", json.dumps(body).encode(), headers), timeout=30)

    def pause(self) -> None:
        """Stop it dead: connections are still accepted by the system, nothing is answered."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


def own_server() -> Influxd:
    """A fresh server that ends with this process; skips the test when there is no `influxd`."""
    program = binary()
    if program is None:
        missing("no influxd")
    assert program is not None
    folder = Path(tempfile.mkdtemp(prefix="influxd-"))
    server = Influxd(folder, program)

    def end() -> None:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return server


@cache
def shared() -> Access:
    """The server that this test run shares; skips the test when there is none."""
    url, token = os.environ.get("INFLUXDB_URL"), os.environ.get("INFLUXDB_TOKEN")
    if url and token:
        return Access(url, token, os.environ.get("INFLUXDB_ORG", ORG))
    return own_server().access


def make_bucket(access: Access, name: str) -> InfluxSettings:
    """A bucket that keeps everything for ever, new or as it is."""
    with InfluxDBClient(access.url, access.token, org=access.org) as client:
        buckets = client.buckets_api()
        if buckets.find_bucket_by_name(name) is None:
            buckets.create_bucket(bucket_name=name)
    return access.settings(name)


def missing(what: str) -> None:
    """Skip with a plain word; with CARETAKER_NO_SKIP=1 fail instead."""
    message = f"{what}: {WHERE}"
    if os.environ.get("CARETAKER_NO_SKIP") == "1":
        pytest.fail(message)
    pytest.skip(message)
