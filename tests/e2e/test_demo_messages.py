"""Plain MQTT messages of anybody's client: good ones are seen at once, bad ones stop nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.e2e.demo import Demo

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.broker]

ASSET = "south/boiler-2"
TOPIC = f"facility/{ASSET}/telemetry"
REASONS = {
    "garbage": (TOPIC, b"\x00\xffno json"),
    "unknown device": ("facility/north/nobody/telemetry", b'{"ts": 1, "values": {"x": 1}}'),
    "tomorrow": (TOPIC, b'{"ts": "2099-01-01T00:00:00Z", "values": {"supply_temp": 60}}'),
    "not a number": (TOPIC, b'{"ts": "2026-01-01T00:00:00Z", "values": {"supply_temp": "warm"}}'),
    "ten megabytes": (TOPIC, b'{"ts": 1, "values": {"supply_temp": "' + b"x" * 10_000_000 + b'"}}'),
}


def publish(demo: Demo, topic: str, payload: bytes) -> None:
    """By mosquitto_pub, as a plumber with a laptop would."""
    tool = shutil.which("mosquitto_pub")
    if tool is None:
        pytest.skip("mosquitto_pub is not installed")
    command = [tool, "-p", str(demo.mqtt_port), "-q", "1", "-t", topic, "-s"]
    subprocess.run(command, input=payload, check=True, timeout=30)


def until(look: Callable[[], Any], patience_s: float = 40) -> Any:
    """What `look` gives as soon as it gives something."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"nothing came within {patience_s} s")


def _supply(client: httpx.Client) -> dict[str, Any]:
    items = client.get("/readings/latest", params={"asset": ASSET}).json()["items"]
    return next(i for i in items if i["point"] == f"{ASSET}/supply_temp")


def test_a_plain_message_is_seen_and_over_its_limit_becomes_an_alarm(demo: Demo) -> None:
    now_ms = time.time_ns() // 1_000_000
    lockout = {"ts": now_ms, "values": {"supply_temp": 61.25, "high_limit": True}}
    with demo.api() as client:
        publish(demo, TOPIC, json.dumps(lockout).encode())
        reading = until(lambda: (r := _supply(client)) and r["value"] == 61.25 and r)
        assert (reading["unit"], reading["quality"], reading["source"]) == ("°C", "good", "sensor")

        def raised() -> dict[str, Any] | None:
            alarms = client.get("/alarms", params={"asset": ASSET}).json()["items"]
            return next((a for a in alarms if a["rule"] == "high_limit"), None)

        alarm = until(raised)
        assert alarm["guidance"]
        answer = client.post(f"/alarms/{alarm['id']}/acknowledge", json={"comment": "on my way"})
        assert answer.json()["acknowledged_by"] == "admin"


def test_no_bad_message_stops_intake_and_each_stands_in_quarantine(demo: Demo) -> None:
    with demo.api() as client:
        before = client.get("/ledger").json()
        for topic, payload in REASONS.values():
            publish(demo, topic, payload)

        def taken() -> dict[str, Any] | None:
            ledger: dict[str, Any] = client.get("/ledger").json()
            more = ledger["quarantined"] - before["quarantined"]
            return ledger if more >= len(REASONS) else None

        ledger = until(taken)
        parts = ("stored", "duplicate", "quarantined", "in_flight")
        assert ledger["received"] == sum(ledger[name] for name in parts)
        rows = client.get("/quarantine", params={"limit": 20}).json()["items"]
        assert len({r["reason"] for r in rows}) >= 3
        publish(
            demo,
            TOPIC,
            json.dumps({"ts": time.time_ns() // 10**6, "values": {"supply_temp": 58.75}}).encode(),
        )
        until(lambda: _supply(client)["value"] == 58.75)


def test_the_same_message_twice_is_one_reading_and_one_duplicate(demo: Demo) -> None:
    payload = json.dumps({"ts": time.time_ns() // 10**6, "values": {"return_temp": 44.44}}).encode()
    with demo.api() as client:
        before = client.get("/ledger").json()["duplicate"]
        publish(demo, TOPIC, payload)
        publish(demo, TOPIC, payload)
        until(lambda: client.get("/ledger").json()["duplicate"] == before + 1)
