"""The plain way of listening, message by message through paho's callback: slow, but all of it paho's own."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from paho.mqtt import client as mqtt

from collector.mqtt.address import BrokerAddress
from collector.mqtt.deaf import Deaf
from collector.mqtt.ear import MOST_BYTES, PATIENCE_S, SMALLEST_WINDOW, Heard
from collector.mqtt.link import Link, client_options
from collector.mqtt.tls import TlsClient
from collector.wire.base import Messages

_TICK_S = 0.05


class CallbackEar:
    """See `Ear`."""

    def __init__(self, address: BrokerAddress, filters: Sequence[str], rng: np.random.Generator) -> None:
        self._client = TlsClient(**client_options(address), manual_ack=True)
        self._client.on_message = self._on_message
        self._client.on_socket_register_write = _leave_writing_to_loop
        self._link = Link(self._client, address, filters, rng)
        self._generation = 0
        self._start_anew()

    def _start_anew(self) -> None:
        self._topics: list[bytes] = []
        self._payloads: list[bytes] = []
        self._ids: list[int] = []
        self._bytes = 0

    @property
    def deaf(self) -> Deaf | None:
        """Why it hears nothing; None: all is well."""
        return self._link.deaf

    def listen(self, seconds: float) -> Heard:
        """Wait up to so many seconds for messages; few of them wait a little longer for more."""
        end = time.monotonic() + seconds
        self._round(0.0)
        while not self._topics and (left := end - time.monotonic()) > 0:
            self._round(min(left, _TICK_S))
        for pause in PATIENCE_S:
            before = len(self._topics)
            if not before or self._bytes >= MOST_BYTES:
                break
            self._round(pause)
            if len(self._topics) == before and before >= SMALLEST_WINDOW:
                break
        if self._topics and self.deaf is not None:
            self._link.heard()
        heard = Heard(Messages(self._topics, self._payloads), self._ids, self._generation)
        self._start_anew()
        return heard

    def _round(self, seconds: float) -> None:
        self._link.tend()
        if self._generation != self._link.generation:
            self._generation = self._link.generation
            self._start_anew()
        if self._link.up:
            self._client.loop(seconds)
        elif seconds:
            time.sleep(seconds)

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        self._topics.append(message.topic.encode())
        self._payloads.append(bytes(message.payload))
        self._ids.append(message.mid if message.qos else 0)
        self._bytes += len(message.payload)

    def acknowledge(self, heard: Heard) -> None:
        """Queue a PUBACK for each."""
        if heard.generation != self._generation or not self._link.up:
            return
        for number in heard.ids:
            if number:
                self._client.ack(number, 1)
        self._client.loop_write()

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Queue a message for the listening thread to send."""
        if qos or self.deaf is None:
            self._client.publish(topic, payload, qos=qos, retain=retain)

    def close(self) -> None:
        """Disconnect."""
        self._link.close()


def _leave_writing_to_loop(_client: mqtt.Client, _data: object, _sock: object) -> None:
    """Set, it keeps paho from writing in whichever thread publishes."""
