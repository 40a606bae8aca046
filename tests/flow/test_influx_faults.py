"""InfluxDB killed and stopped dead, the writer killed: every reading is there in the end, and once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from collector.journal import JournalWriter
from collector.reading import ReadingBatch
from collector.stores.influx import InfluxStore, Schema, Server
from config.clock import SystemClock
from config.heartbeat import PartHealth, read_all
from tests.brokers import free_port
from tests.flow.collector_kit import Node
from tests.influx import Influxd, own_server

BUCKET = "faults"
POINTS = 50

pytestmark = pytest.mark.influx


@pytest.fixture
def influxd() -> Iterator[Influxd]:
    server = own_server()
    yield server
    server.resume() if server.process is not None else None
    server.kill()


@pytest.fixture
def node(tmp_path, influxd) -> Iterator[Node]:
    folder = tmp_path / "node"
    folder.mkdir()
    access = influxd.access
    variables = {"STORE": "influx", "INFLUX__URL": access.url, "INFLUX__ORG": access.org}
    variables |= {"INFLUX__BUCKET": BUCKET, "INFLUX__TOKEN": access.token}
    with Node(folder, free_port(), **{f"CARETAKER_{k}": v for k, v in variables.items()}) as made:
        yield made


class Collector(threading.Thread):
    """Writes the journal as the collector does, twenty entries a second, until it is told to end."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self._journal = JournalWriter(node.folder / "journal", clock=SystemClock())
        self._points = np.array([p.number for p in node.numeric_points(POINTS)], dtype=np.int32)
        self._end = threading.Event()
        self.written: list[ReadingBatch] = []

    def run(self) -> None:
        while not self._end.wait(0.05):
            now = time.time_ns()
            values = np.arange(float(len(self._points))) + len(self.written)
            batch = ReadingBatch.of(self._points, np.full(len(values), now), values, received_at=now)
            self._journal.append(batch)
            self._journal.commit()
            self.written.append(batch)

    def finish(self) -> ReadingBatch:
        self._end.set()
        self.join()
        self._journal.close()
        return ReadingBatch.concat(self.written).sorted()


def health(node: Node) -> PartHealth | None:
    """What this `store`, not one before it, says of itself."""
    part = read_all(node.engine).get("store")
    return part if part is not None and part.pid == node.pid else None


def away(node: Node, word: str) -> bool:
    part = health(node)
    return part is not None and part.state == "away" and word in part.reason


def well(node: Node) -> bool:
    part = health(node)
    return part is not None and part.state == "ok"


def test_whatever_is_killed_or_stopped_every_reading_is_stored_once(node, influxd):
    node.start("store")
    node.until(lambda: well(node))
    collector = Collector(node)
    collector.start()
    try:
        influxd.kill()
        node.until(lambda: away(node, "unreachable"))
        node.kill()
        node.start("store")
        node.until(lambda: away(node, "unreachable"))
        influxd.start()
        node.until(lambda: well(node))
        influxd.pause()
        node.until(lambda: away(node, "timed_out"))
        influxd.resume()
        node.until(lambda: well(node))
        node.kill()
        node.start("store")
        node.until(lambda: well(node))
    finally:
        written = collector.finish()
    store = InfluxStore(Server(influxd.access.settings(BUCKET)), Schema.of(node.plant), lambda *_: None)
    points, first = np.unique(written.point), int(written.time.min())
    node.until(lambda: len(store.range(points, first, time.time_ns())) >= len(written))
    stored = store.range(points, first, time.time_ns())
    for column in ("point", "time", "value", "quality", "source"):
        assert np.array_equal(getattr(stored, column), getattr(written, column)), column
    assert node.stop() == 0
    assert not (node.folder / "influx_refused.jsonl").exists()
    store.close()
