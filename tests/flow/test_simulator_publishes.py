"""The simulator against a real broker: many devices over few connections, commands there and back."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import orjson
import paho.mqtt.client as mqtt
import pytest

from config.clock import SECOND, SystemClock
from device_sim.fleet import Fleet
from device_sim.load import load_plant_of
from device_sim.messages import Envelopes
from device_sim.publisher import Broker, Publisher
from device_sim.service import Orders, simulate
from device_sim.suites.plants import asset, make_plant
from tests.brokers import Embedded


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Embedded]:
    running = Embedded(tmp_path / "broker")
    yield running
    running.stop()


class Ear:
    """A client that hears everything."""

    def __init__(self, port: int) -> None:
        self.heard: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, "ear")
        self.client.on_message = lambda _c, _d, m: self.heard.put((m.topic, bytes(m.payload)))
        ready = threading.Event()
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.client.subscribe("facility/#", qos=1)
        assert ready.wait(10)

    def hear(self, topic: str, seconds: float = 20) -> bytes:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found, payload = self.heard.get(timeout=seconds)
            if found == topic:
                return payload
        raise TimeoutError(topic)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_one_process_speaks_for_ten_thousand_devices(broker: Embedded) -> None:
    devices = 10_000
    plant = load_plant_of(devices)
    publisher = Publisher(Broker(f"mqtt://127.0.0.1:{broker.ports[4]}"))
    ear = Ear(broker.ports[4])
    publisher.start()
    assert publisher.wait_connected(10)
    batch = Fleet(plant).advance(np.array([1_736_726_400 * SECOND]), SECOND, everything=True)
    for message in Envelopes(plant, "boot").of(batch):
        publisher.publish(*message)
    heard = {ear.heard.get(timeout=30)[0] for _ in range(devices)}
    assert len(heard) == devices
    assert publisher.dropped == 0
    publisher.stop()
    ear.close()


def test_a_running_simulator_answers_a_setpoint(broker: Embedded, tmp_path: Path) -> None:
    plant = make_plant([asset("zone-1", "heating_zone")])
    ear, stop = Ear(broker.ports[4]), threading.Event()
    address = Broker(f"mqtt://127.0.0.1:{broker.ports[4]}")
    orders = Orders(faults=False, data_dir=tmp_path)
    running = threading.Thread(target=simulate, args=(plant, SystemClock(), stop, address, orders))
    running.start()
    try:
        first = orjson.loads(ear.hear("facility/lab/zone-1/telemetry"))
        assert set(first) == {"ts", "values", "seq", "boot"}
        order = {"id": "c-1", "point": "setpoint", "value": 19.5}
        ear.client.publish("facility/lab/zone-1/set", orjson.dumps(order), qos=1)
        assert orjson.loads(ear.hear("facility/lab/zone-1/ack")) == {"id": "c-1", "ok": True, "value": 19.5}
    finally:
        stop.set()
        running.join(20)
    assert ear.hear("facility/lab/zone-1/status") == b"offline"
    ear.close()
