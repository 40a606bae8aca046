"""From the broker until InfluxDB holds every message, beside Telegraf and a bare subscriber."""

from __future__ import annotations

import multiprocessing as mp
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

import numpy as np

from collector.journal.committed import Committed
from collector.stores.influx import Server
from config.loading import load_plant
from config.plant import Plant
from config.point_numbers import MemoryNumbers
from tests.benchmarks import bench_intake
from tests.benchmarks.boiler_park import write_facility
from tests.benchmarks.mqtt_load import now_ms, packets, publish, readings
from tests.benchmarks.roads import ROOT, Road, caretaker, telegraf, until
from tests.brokers import Mosquitto
from tests.influx import Access, make_bucket, own_server

GROUPS = ("intake",)
PAIRS = int(os.environ.get("BENCH_PAIRS", "5"))
MESSAGES = {1: 150_000, 10: 60_000}
_LATENCY_PIECES, _PIECE, _EVERY_S = 40, 250, 0.25

Told = tuple[float, float]
"""Messages per second, and microseconds of CPU for each."""


class Bench:
    """One broker, one InfluxDB, a facility; each run has a bucket, a client id and a folder of its own."""

    def __init__(self, folder: Path, broker: Mosquitto, access: Access) -> None:
        self._folder, self._broker, self._access = folder, broker, access
        self._numbers = count()
        self.facility = folder / "facility"
        write_facility(self.facility)
        self._plant: Plant = load_plant(self.facility, MemoryNumbers())
        boiler = self._plant.by_index[0]
        self._field = next(p.name for p in boiler.points.values() if not p.derived and p.type == "number")

    def ours(self, values: int) -> Told:
        """Caretaker's `collect` and `store`."""
        number = next(self._numbers)
        influx = make_bucket(self._access, f"ours-{number}")
        road = caretaker(
            self._folder / influx.bucket, self._broker.port, influx.bucket, self.facility, influx
        )
        return self._run(road, values, self._counter(Server(influx), "hot_water_boiler"))

    def theirs(self, values: int, program: str) -> Told:
        """Telegraf."""
        number = next(self._numbers)
        influx = make_bucket(self._access, f"theirs-{number}")
        road = telegraf(self._folder / influx.bucket, self._broker.port, influx.bucket, program, influx)
        return self._run(road, values, self._counter(Server(influx), "telemetry"))

    def embedded(self, values: int) -> Told:
        """Caretaker's parts with the embedded store, of which the journal is the newest part."""
        folder = self._folder / f"embedded-{next(self._numbers)}"
        road = caretaker(folder, self._broker.port, folder.name, self.facility, None)

        def held() -> int:
            committed = Committed.open(folder / "journal")
            return committed.counted().readings // values if committed else 0

        return self._run(road, values, held)

    def _counter(self, server: Server, measurement: str) -> Callable[[], int]:
        def held() -> int:
            (series,) = server.ask(f'SELECT count("{self._field}") FROM "{measurement}"')
            return int(series[0]["values"][0][1]) if series else 0

        return held

    def _run(self, road: Road, values: int, held: Callable[[], int]) -> Told:
        wanted = MESSAGES[values]
        sent = packets(readings(self._plant.by_index, wanted, values, now_ms() - 60_000))
        here, there = mp.Pipe()
        publisher = mp.get_context("spawn").Process(
            target=_publish, args=(self._broker.port, sent, f"device-{next(self._numbers)}", there)
        )
        publisher.start()
        here.recv()
        begin, cpu = time.perf_counter(), road.cpu_s()
        here.send("go")
        try:
            until(lambda: held() >= wanted, 0.25)
            seconds, used = time.perf_counter() - begin, road.cpu_s() - cpu
        finally:
            road.stop()
            publisher.join(30)
        return wanted / seconds, used / wanted * 1e6

    def latency_ms(self) -> float:
        """p99 from publish to held by InfluxDB, at a thousand messages a second in bursts of 250."""
        influx = make_bucket(self._access, f"latency-{next(self._numbers)}")
        road = caretaker(
            self._folder / influx.bucket, self._broker.port, influx.bucket, self.facility, influx
        )
        held = self._counter(Server(influx), "hot_water_boiler")
        total = _LATENCY_PIECES * _PIECE
        sent = packets(readings(self._plant.by_index, total, 1, now_ms() - 60_000))
        published: list[float] = []
        publisher = threading.Thread(
            target=publish, args=(self._broker.port, _paced(sent, published), influx.bucket + "-device")
        )
        publisher.start()
        seen: list[tuple[float, int]] = []
        try:
            while not seen or seen[-1][1] < total:
                seen.append((time.perf_counter(), held()))
                time.sleep(0.02)
        finally:
            road.stop()
            publisher.join(30)
        times, counts = np.array(seen).T
        stored = times[np.searchsorted(counts, np.arange(1, total + 1))]
        waited = stored - np.repeat(published, _PIECE)
        return float(np.percentile(waited, 99) * 1e3)


def _publish(port: int, sent: list[bytes], client_id: str, pipe: Connection) -> None:
    pipe.send("ready")
    pipe.recv()
    publish(port, sent, client_id)


def _paced(pieces: list[bytes], published: list[float]) -> Iterator[bytes]:
    begin = time.perf_counter()
    for number, piece in enumerate(pieces):
        time.sleep(max(0.0, begin + number * _EVERY_S - time.perf_counter()))
        published.append(time.perf_counter())
        yield piece


def _telegraf() -> str | None:
    script = ROOT / "deploy" / "telegraf" / "build.sh"
    built = subprocess.run([script], capture_output=True, text=True, check=False)
    if built.returncode:
        print(built.stderr.strip(), file=sys.stderr)
        return None
    return built.stdout.strip()


def _pairs(bench: Bench, values: int, program: str | None) -> dict[str, float]:
    """Medians of interleaved pairs; readings and not messages are counted at ten values."""
    ours, theirs = [], []
    for _ in range(PAIRS):
        ours.append(bench.ours(values))
        if program is not None:
            theirs.append(bench.theirs(values, program))
    rate, factor = ("msgs_per_s", 1) if values == 1 else ("readings_per_s", values)
    figures = {}
    for name, told in (("intake", ours), ("telegraf", theirs)):
        if told:
            figures[f"{name}_influx_{values}_{rate}"] = median(t[0] for t in told) * factor
            figures[f"{name}_influx_{values}_cpu_us"] = median(t[1] for t in told)
    return figures


def run() -> dict[str, float]:
    """Mosquitto, QoS 1, persistent session; all on this machine. BENCH_PAIRS: how many pairs (5)."""
    program = _telegraf()
    server = own_server()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker = Mosquitto(folder / "broker")
        try:
            bench = Bench(folder, broker, server.access)
            figures = _pairs(bench, 1, program) | _pairs(bench, 10, program)
            embedded = [bench.embedded(10)[0] * 10 for _ in range(min(3, PAIRS))]
            figures["intake_embedded_10_readings_per_s"] = median(embedded)
            figures["publish_to_stored_p99_ms"] = bench.latency_ms()
            nothing = [
                bench_intake._measure(bench_intake._count_only, broker.port, name, 900 + n)[0]
                for n in range(min(3, PAIRS))
            ]
            figures["null_subscriber_msgs_per_s"] = bench_intake.MESSAGES / median(nothing)
        finally:
            broker.stop()
            server.kill()
    return figures
