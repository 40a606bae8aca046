"""kill -9 under load: what the broker took from the devices is stored, and stored once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import orjson
import pytest

from tests.brokers import MOSQUITTO, Embedded, Mosquitto, Publisher
from tests.flow.collector_kit import Node

BROKERS = [
    pytest.param("embedded"),
    pytest.param(
        "mosquitto", marks=[pytest.mark.broker, pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto")]
    ),
]


@pytest.fixture(params=BROKERS)
def broker(request, tmp_path) -> Iterator[Any]:
    folder = tmp_path / "broker"
    running = Embedded(folder) if request.param == "embedded" else Mosquitto(folder)
    yield running
    running.stop()


_MOST_AT_ONCE = 500


class Load(threading.Thread):
    """Devices that publish one after the other until they are told to end, each at a time of its own."""

    def __init__(self, port: int, node: Node, rate: float) -> None:
        super().__init__()
        self._publisher = Publisher(port)
        self._points = node.numeric_points(50)
        self._rate = rate
        self._end = threading.Event()
        self.sent: set[tuple[int, int]] = set()

    def run(self) -> None:
        start, number = time.monotonic(), 0
        first_ms = int(time.time() * 1000)
        while not self._end.is_set():
            due = min(int((time.monotonic() - start) * self._rate), number + _MOST_AT_ONCE)
            batch = []
            for n in range(number, due):
                point, ms = self._points[n % len(self._points)], first_ms + n // len(self._points)
                payload = orjson.dumps({"ts": ms, "values": {point.name: sum(point.plausible) / 2}})
                batch.append((f"facility/{point.asset}/telemetry".encode(), payload))
                self.sent.add((point.number, ms * 10**6))
            number = due
            self._publisher.send(*batch)
            self._end.wait(0.01)

    def finish(self) -> None:
        self._end.set()
        self.join()
        self._publisher.close()


def kill_again_and_again(node: Node, broker, kills: int, rate: float) -> None:
    rng = np.random.default_rng(kills)
    node.start()
    node.until(node.listens)
    load = Load(broker.ports[4], node, rate)
    load.start()
    try:
        for _ in range(kills):
            time.sleep(float(rng.uniform(0.05, 1.0)))
            node.kill()
            node.start()
            node.until(node.listens)
    finally:
        load.finish()
    node.until(lambda: node.totals()["stored"] == len(load.sent) and node.totals()["in_flight"] == 0)
    assert node.stop() == 0
    keys, delta = node.journaled()
    assert len(keys) == len(set(keys)), "stored twice"
    assert set(keys) == load.sent
    total = delta.total()
    assert total.received == total.stored + total.duplicate + total.quarantined
    assert total.quarantined == 0
    totals = node.totals()
    assert (totals["received"], totals["stored"]) == (total.received, total.stored)


def test_killed_at_random_moments_the_collector_stores_everything_once(tmp_path, broker):
    with Node(tmp_path / "node", broker.ports[4]) as node:
        kill_again_and_again(node, broker, kills=3, rate=1500)


@pytest.mark.prove
def test_killed_twenty_times_the_collector_stores_everything_once(tmp_path, broker):
    with Node(tmp_path / "node", broker.ports[4]) as node:
        kill_again_and_again(node, broker, kills=20, rate=3000)
