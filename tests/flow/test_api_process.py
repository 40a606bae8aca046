"""The process `caretaker serve` as it is started: HTTPS with its own certificate, a stream, and its end."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from analytics.alarms.changes import ConditionChange
from analytics.alarms.service import AlarmService
from config.clock import SystemClock
from config.database import open_engine
from config.loading import load_plant
from config.point_numbers import StoredNumbers
from config.settings import load_settings

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0


@dataclass
class Node:
    """A data directory, the environment that names it, and where the server listens."""

    environment: dict[str, str]
    address: str
    verify: ssl.SSLContext

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "caretaker.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    def start(self) -> subprocess.Popen[bytes]:
        server = subprocess.Popen([sys.executable, "caretaker.py", "serve"], cwd=ROOT, env=self.environment)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and server.poll() is None:
            try:
                if httpx.get(f"{self.address}/api/v1/health", verify=self.verify).status_code == 200:
                    return server
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("serve did not come up")


@pytest.fixture
def node(tmp_path: Path) -> Node:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CARETAKER_")}
    environment |= {"CARETAKER_DATA_DIR": str(tmp_path), "CARETAKER_HTTP_PORT": str(port)}
    one = Node(environment, f"https://localhost:{port}", ssl.create_default_context())
    one.run("migrate")
    one.run("certificate", "--host", "localhost", "--host", "127.0.0.1")
    one.verify.load_verify_locations(tmp_path / "certificates" / "ca.pem")
    return one


def test_an_alarm_comes_over_https_and_an_open_stream_does_not_hold_up_the_end(node: Node) -> None:
    node.run("user", "add", "desk", "--role", "operator", "--no-password")
    token = node.run("token", "create", "--user", "desk").splitlines()[-1]
    server = node.start()
    headers = {"authorization": f"Bearer {token}"}
    try:
        with (
            httpx.Client(
                base_url=node.address, verify=node.verify, headers=headers, timeout=PATIENCE_S
            ) as client,
            client.stream("GET", "/api/v1/stream", params={"topic": "alarm"}) as stream,
        ):
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
            asset, rule = _raise_an_alarm(node)
            data = next(line for line in lines if line.startswith("data: "))
            told = json.loads(data.removeprefix("data: "))
            assert (told["asset"], told["rule"], told["state"]) == (asset, rule, "unacknowledged")
            assert client.get("/api/v1/alarms").json()["items"][0]["id"] == told["id"]
            lost = client.get("/api/v1/nothing-here")
            assert (lost.status_code, lost.headers["content-type"]) == (404, "application/problem+json")
            server.send_signal(signal.SIGTERM)
            assert list(lines)[-1:] in ([], [""])
        assert server.wait(PATIENCE_S) == 0
    finally:
        server.kill()
        server.wait()


def _raise_an_alarm(node: Node) -> tuple[str, str]:
    settings = load_settings(node.environment)
    engine, clock = open_engine(settings), SystemClock()
    plant = load_plant(settings, StoredNumbers(engine))
    asset = plant.by_index[0]
    rule = next(iter(asset.kind.alarms))
    now = clock.now_ns()
    AlarmService(engine, plant, clock).apply([ConditionChange(now, asset.id, rule, True)], now)
    engine.dispose()
    return asset.id, rule


def test_plain_http_on_a_network_is_refused_with_the_remedy(node: Node, tmp_path: Path) -> None:
    for name in ("server.pem", "server-key.pem"):
        (tmp_path / "certificates" / name).unlink()
    node.environment["CARETAKER_HTTP_HOST"] = "0.0.0.0"
    with pytest.raises(subprocess.CalledProcessError) as refused:
        node.run("serve")
    assert refused.value.returncode == 1
    assert "caretaker certificate" in refused.value.stderr
    assert "Traceback" not in refused.value.stderr
