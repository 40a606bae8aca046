"""Alarm transitions for other systems: `caretaker/<site>/alarms`, QoS 1, over the broker of the readings."""

from __future__ import annotations

from typing import Protocol

import orjson
from paho.mqtt import client as mqtt

from api.notify.channels.base import Channel, PassingError
from api.notify.message import Message
from api.times import rfc3339
from collector.mqtt.address import BrokerAddress
from collector.mqtt.link import client_options
from collector.mqtt.opening import broker_address
from collector.mqtt.tls import TlsClient
from config.settings_model import Settings

NAME = "mqtt"
_PATIENCE_S = 5.0
_KEEPALIVE_S = 30


class Published(Protocol):
    """Sends one message."""

    def publish(self, topic: str, payload: bytes) -> None:
        """Return once the broker has it. Raises OSError, or RuntimeError and ValueError when it cannot."""

    def close(self) -> None:
        """Disconnect."""


class MqttAlarms:
    """Publishes every transition, those that nobody is woken for too; `quiet` says why not."""

    name = NAME
    quiet_too = True

    def __init__(self, broker: Published) -> None:
        self._broker = broker

    def send(self, message: Message) -> None:
        try:
            self._broker.publish(topic_of(message), payload_of(message))
        except (OSError, RuntimeError, ValueError) as error:
            raise PassingError(f"{NAME}: the broker did not take it: {error}") from None

    def close(self) -> None:
        self._broker.close()


class Connection:
    """A paho client on a thread of its own, connected at the first message."""

    def __init__(self, address: BrokerAddress) -> None:
        self._address = address
        self._client: mqtt.Client | None = None

    def publish(self, topic: str, payload: bytes) -> None:
        """Return once the broker has it. Raises OSError, or RuntimeError and ValueError when it cannot."""
        client = self._connected()
        sent = client.publish(topic, payload, qos=1)
        sent.wait_for_publish(_PATIENCE_S)
        if not sent.is_published():
            self.close()
            raise TimeoutError(f"no answer within {_PATIENCE_S:g} s")

    def _connected(self) -> mqtt.Client:
        if self._client is not None and self._client.is_connected():
            return self._client
        self.close()
        client = TlsClient(**client_options(self._address))
        if self._address.username is not None:
            client.username_pw_set(self._address.username, self._address.password)
        client.connect(self._address.host, self._address.port, keepalive=_KEEPALIVE_S)
        client.loop_start()
        self._client = client
        return client

    def close(self) -> None:
        """Disconnect."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None


def topic_of(message: Message) -> str:
    """Where a message is published; what concerns no site goes under `system`."""
    site = str(message.alarm.get("asset", "")).partition("/")[0]
    return f"caretaker/{site or 'system'}/alarms"


def payload_of(message: Message) -> bytes:
    """JSON; `id` is the same however often a transition is published."""
    body = {"id": message.event_id, "time": rfc3339(message.created_ns), "quiet": message.quiet}
    return orjson.dumps(body | dict(message.payload))


def channels(settings: Settings) -> list[Channel]:
    """The node's own broker."""
    address = broker_address(settings)
    return [MqttAlarms(Connection(address.named(f"{address.client_id}-notify")))]
