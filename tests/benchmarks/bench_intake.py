"""From the broker to the journal: messages a second and CPU per message, beside a bare paho loop."""

from __future__ import annotations

import multiprocessing as mp
import resource
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import paho.mqtt.client as mqtt

from collector.broker import Listeners, start_broker
from collector.intake import Intake, portions
from collector.journal import JournalWriter, Limits
from collector.mqtt.bulk import BulkEar
from collector.values import NewestValues
from config.clock import SystemClock
from config.loading import demo_plant
from tests.benchmarks.mqtt_load import now_ms, packets, publish, readings
from tests.brokers import MOSQUITTO, Mosquitto, address, free_port

GROUPS = ("demo",)
MESSAGES = 40_000
ROUNDS = 3
_WARM_UP = 2_000
_FILTER = "facility/+/+/telemetry"

Told = tuple[float, float]
"""Seconds and CPU seconds for MESSAGES messages."""


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class _Meter:
    """Measures from the end of the warm-up to the last message."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._count = 0
        self._begin: tuple[float, float, int] | None = None

    def add(self, count: int) -> bool:
        """Count messages; True when all have come."""
        self._count += count
        if self._begin is None and self._count >= _WARM_UP:
            self._begin = time.perf_counter(), _cpu(), self._count
        if self._count < _WARM_UP + MESSAGES:
            return False
        assert self._begin is not None
        since, cpu, before = self._begin
        share = MESSAGES / (self._count - before)
        self._pipe.send(((time.perf_counter() - since) * share, (_cpu() - cpu) * share))
        return True


def _take_in(port: int, folder: str, pipe: Connection) -> None:
    plant, clock = demo_plant(), SystemClock()
    journal = JournalWriter(Path(folder), clock=clock, limits=Limits(min_free_bytes=0))
    intake = Intake(plant, journal, clock, observe=NewestValues(plant).observe)
    ear = BulkEar(address(port, client_id=Path(folder).name), intake.subscriptions, np.random.default_rng(1))
    while ear.deaf is not None:
        ear.listen(0.05)
    pipe.send("ready")
    meter, done = _Meter(pipe), False
    while not done:
        heard = ear.listen(0.1)
        for part in portions(heard.messages):
            count = intake.take_messages(part)
            assert count.stored == count.received == len(part), count
        ear.acknowledge(heard)
        done = meter.add(len(heard))
    ear.close()
    journal.close()


def _count_only(port: int, _folder: str, pipe: Connection) -> None:
    meter, done = _Meter(pipe), []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "bench-paho", manual_ack=True)

    def on_message(client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        client.ack(message.mid, message.qos)
        if meter.add(1):
            done.append(True)

    client.on_message = on_message
    client.on_connect = lambda c, *_: c.subscribe(_FILTER, 1)
    client.on_subscribe = lambda *_: pipe.send("ready")
    client.connect("127.0.0.1", port)
    while not done:
        client.loop(0.1)
    client.disconnect()


def _measure(listen: Callable[[int, str, Connection], None], port: int, folder: str, number: int) -> Told:
    here, there = mp.Pipe()
    context = mp.get_context("spawn")
    listener = context.Process(target=listen, args=(port, folder, there))
    listener.start()
    assert here.recv() == "ready"
    assets = [
        a
        for a in demo_plant().by_index
        if any(p.type == "number" and not p.derived for p in a.points.values())
    ]
    sent = packets(readings(assets, MESSAGES + _WARM_UP + 500, 1, now_ms() - 60_000))
    publisher = context.Process(target=publish, args=(port, sent, f"bench-device-{number}"))
    publisher.start()
    told: Told = here.recv()
    listener.join(30)
    publisher.join(30)
    return told


def _rounds(port: int, folder: str) -> tuple[list[Told], list[Told]]:
    """Intake and the bare loop, one after the other, again and again."""
    taken, counted = [], []
    for number in range(ROUNDS):
        taken.append(_measure(_take_in, port, f"{folder}/journal-{port}-{number}", number))
        counted.append(_measure(_count_only, port, folder, 100 + number))
    return taken, counted


def _figures(broker: str, port: int, folder: str) -> dict[str, float]:
    taken, counted = _rounds(port, folder)
    return {
        f"intake_{broker}msgs_per_s": MESSAGES / median(t[0] for t in taken),
        f"intake_{broker}cpu_us_per_msg": median(t[1] for t in taken) / MESSAGES * 1e6,
        f"bare_paho_{broker}msgs_per_s": MESSAGES / median(t[0] for t in counted),
        f"bare_paho_{broker}cpu_us_per_msg": median(t[1] for t in counted) / MESSAGES * 1e6,
    }


def run() -> dict[str, float]:
    """Medians of interleaved rounds: one value a message, QoS 1, all of intake on, until it is journaled.

    The plain names: over the embedded broker, which sends 100 messages and then waits. `…_mosquitto_…`: over
    Mosquitto with its window open, where it is on PATH.
    """
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        broker = start_broker(Path(folder) / "broker", Listeners("127.0.0.1", port))
        try:
            figures = _figures("", port, folder)
        finally:
            broker.stop()
        if MOSQUITTO is not None:
            other = Mosquitto(Path(folder) / "mosquitto")
            try:
                figures |= _figures("mosquitto_", other.port, folder)
            finally:
                other.stop()
    return figures
