"""The demo as a whole: its history, a second start, and the way from a message to an alarm on the stream."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from config.loading import demo_plant
from tests.benchmarks.mqtt_load import now_ms, packets, publish, readings
from tests.e2e.demo import Demo, running_demo

GROUPS = ("demo",)
TOGGLES = 120
BACKGROUND_PER_S, VALUES = 1000, 10
_ASSET, _POINT, _RULE = "south/boiler-1", "lockout", "lockout"


def run() -> dict[str, float]:
    """history_rows_per_s, demo_start_s (a second start, to a page and live values), alarm_latency_p99_ms."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        with running_demo(Path(folder)) as demo, demo.api() as client:
            rows = client.get("/ledger").json()["received"] / (time.monotonic() - began)
        began = time.monotonic()
        with running_demo(Path(folder)) as demo:
            _live(demo)
            start_s = time.monotonic() - began
            latencies = _alarm_latencies(demo)
    return {
        "history_rows_per_s": rows,
        "demo_start_s": start_s,
        "alarm_latency_p50_ms": float(np.percentile(latencies, 50)),
        "alarm_latency_p99_ms": float(np.percentile(latencies, 99)),
    }


def _live(demo: Demo) -> None:
    """Until the start page opens and a reading is younger than the start."""
    began = time.time()
    with demo.api() as client:
        while True:
            latest = client.get("/readings/latest", params={"asset": "north/weather"}).json()["items"]
            page = httpx.get(demo.address, cookies=dict(client.cookies), timeout=20)
            if page.status_code == 200 and latest:
                return
            if time.time() - began > 60:
                raise AssertionError("no live page within a minute")
            time.sleep(0.05)


def _alarm_latencies(demo: Demo) -> list[float]:
    """Milliseconds from publishing a lock-out (on-delay 0) to its event, beside 1,000 readings/s."""
    sent: dict[str, float] = {}
    latencies: list[float] = []
    with _background(demo), demo.api() as client, client.stream("GET", "/stream", timeout=60) as stream:
        sender = threading.Thread(target=_toggle, args=(demo, sent), daemon=True)
        sender.start()
        for line in stream.iter_lines():
            if not line.startswith("data:") or _RULE not in line or _ASSET not in line:
                continue
            event = json.loads(line[5:])
            arrived = time.perf_counter()
            kind = "raised" if event.get("state", event.get("to")) == "unacknowledged" else "cleared"
            if kind in sent:
                latencies.append((arrived - sent.pop(kind)) * 1000)
            if len(latencies) >= TOGGLES - 2:
                return latencies
    raise AssertionError("the stream ended early")


def _toggle(demo: Demo, sent: dict[str, float]) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bench-toggle")
    client.connect("127.0.0.1", demo.mqtt_port)
    client.loop_start()
    for n in range(TOGGLES):
        on = n % 2 == 0
        payload = {"ts": now_ms(), "values": {_POINT: on}}
        sent["raised" if on else "cleared"] = time.perf_counter()
        client.publish(f"facility/{_ASSET}/telemetry", json.dumps(payload), qos=1).wait_for_publish(5)
        time.sleep(0.1)
    client.disconnect()
    client.loop_stop()


@contextmanager
def _background(demo: Demo) -> Iterator[None]:
    """So many readings a second from the other assets, until the block ends; a minute at the most."""
    over = threading.Event()
    assets = [a for a in demo_plant().by_index if a.site == "north" and a.family in ("boiler", "heating")]
    per_slice = BACKGROUND_PER_S // VALUES // 10

    def load() -> None:
        for _ in range(600):
            if over.wait(0.1):
                return
            pieces = packets(readings(assets, per_slice, VALUES, now_ms()))
            publish(demo.mqtt_port, pieces, "bench-load")

    thread = threading.Thread(target=load, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
