"""Real MQTT clients, a few of which speak for all simulated devices."""

from __future__ import annotations

import logging
import queue
import threading
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

_log = logging.getLogger(__name__)
_IN_FLIGHT = 500
_QUEUED = 100_000
_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True)
class Broker:
    """Where the devices publish. `url`: `mqtt://host:port`, or `mqtts://…` for TLS."""

    url: str
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    version: Literal["3.1.1", "5"] = "3.1.1"

    @property
    def address(self) -> tuple[str, int, bool]:
        """Host, port, and whether it is TLS."""
        parts = urlsplit(self.url)
        return parts.hostname or "127.0.0.1", parts.port or _PORTS[parts.scheme], parts.scheme == "mqtts"


@dataclass(frozen=True)
class Written:
    """A message to a device: topic and payload."""

    topic: str
    payload: bytes


class Publisher:
    """Keeps the connections, publishes at QoS 1 in each device's order, and gathers what is written to them.

    While the broker is away up to 100,000 messages a connection wait; what comes beyond is dropped and
    counted in `dropped`.
    """

    def __init__(self, broker: Broker, name: str = "caretaker-simulator", connections: int = 4) -> None:
        self.dropped = 0
        self.written: queue.SimpleQueue[Written] = queue.SimpleQueue()
        self._connected = threading.Semaphore(0)
        self._clients = [self._client(broker, f"{name}-{n}", n == 0) for n in range(connections)]
        self._last: list[mqtt.MQTTMessageInfo | None] = [None] * connections

    def start(self) -> None:
        """Begin to connect; goes on trying in the background."""
        for client in self._clients:
            client.loop_start()

    def wait_connected(self, timeout_s: float) -> bool:
        """Whether every connection stands within the time."""
        return all(self._connected.acquire(timeout=timeout_s) for _ in self._clients)

    def publish(self, device: str, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send one message; messages of one device keep their order."""
        line = zlib.crc32(device.encode()) % len(self._clients)
        outcome = self._clients[line].publish(topic, payload, qos=1, retain=retain)
        self._last[line] = outcome
        if outcome.rc == MQTTErrorCode.MQTT_ERR_QUEUE_SIZE:
            if not self.dropped:
                _log.warning("the broker is away for too long: readings are dropped")
            self.dropped += 1

    def tell_status(self, devices: Iterable[str], word: bytes) -> None:
        """Publish the retained status of devices (`site/device`)."""
        for device in devices:
            self.publish(device, f"facility/{device}/status", word, retain=True)

    def stop(self, drain_s: float = 2.0) -> None:
        """Give what is in flight a moment to be acknowledged, then disconnect."""
        for client, last in zip(self._clients, self._last, strict=True):
            if last is not None and last.rc == MQTTErrorCode.MQTT_ERR_SUCCESS and client.is_connected():
                last.wait_for_publish(drain_s)
            client.disconnect()
            client.loop_stop()

    def _client(self, broker: Broker, client_id: str, listens: bool) -> mqtt.Client:
        five = broker.version == "5"
        protocol = MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, protocol=protocol)
        host, port, tls = broker.address
        if broker.username is not None:
            client.username_pw_set(broker.username, broker.password)
        if tls:
            client.tls_set(ca_certs=str(broker.ca_file) if broker.ca_file else None)
        client.max_inflight_messages_set(_IN_FLIGHT)
        client.max_queued_messages_set(_QUEUED)
        client.reconnect_delay_set(1, 30)
        client.on_connect = self._on_connect(listens)
        client.on_message = lambda _client, _data, m: self.written.put(Written(m.topic, bytes(m.payload)))
        client.connect_async(host, port, keepalive=30)
        return client

    def _on_connect(self, listens: bool) -> Callable[..., None]:
        def connected(client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
            if reason.is_failure:
                _log.warning("the broker refuses the simulator: %s", reason)
                return
            if listens:
                client.subscribe("facility/+/+/set", qos=1)
            self._connected.release()

        return connected
