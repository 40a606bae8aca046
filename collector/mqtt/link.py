"""The life of a connection: connect, subscribe, notice that it is gone, try again; with a named reason."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.mqtt.address import BrokerAddress
from collector.mqtt.backoff import BackOff
from collector.mqtt.deaf import REMEDIES, Deaf, loss, refusal

log = logging.getLogger(__name__)

_KEEPALIVE_S = 30
_CONNECT_TIMEOUT_S = 5.0
_SUBSCRIBED_WITHIN_S = 15.0
_SESSION_LASTS_S = 7 * 86_400
_SETTLED_S = 10.0  # two collectors that take one client id from each other must not do so ever faster
_REFUSED = 0x80


class Link:
    """Keeps one paho client connected and subscribed. `tend` must be called often; it never blocks.

    `deaf` says why nothing is heard (None: all is well). `generation` counts connections: packet ids of an
    earlier one mean nothing on a later one. Waiting is in the machine's own time, for networks live in it.
    """

    def __init__(
        self,
        client: mqtt.Client,
        address: BrokerAddress,
        filters: Sequence[str],
        rng: np.random.Generator,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = client
        self.address = address
        self.deaf: Deaf | None = Deaf.STARTING
        self.generation = 0
        self._filters = filters
        self._monotonic = monotonic
        self._backoff = BackOff(rng)
        self._due = monotonic()
        self._attempt: threading.Thread | None = None
        self._error: OSError | ValueError | None = None
        self._up = False
        self._deadline = self._heard_since = 0.0
        self._subscription: int | None = None
        self._prepare(client, address)

    def _prepare(self, client: mqtt.Client, address: BrokerAddress) -> None:
        client.connect_timeout = _CONNECT_TIMEOUT_S
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        if address.username is not None:
            client.username_pw_set(address.username, address.password)

    @property
    def up(self) -> bool:
        """Whether there is a socket to work with."""
        return self._up and self.client.socket() is not None

    def tend(self) -> None:
        """Start, finish or give up an attempt, as is due."""
        if self.up:
            if self.deaf is not None and self._monotonic() > self._deadline:
                self.lose(Deaf.REFUSED if self._subscription is None else Deaf.NO_SUBSCRIPTION)
        elif self._attempt is None:
            if self._monotonic() >= self._due:
                self._begin()
        elif not self._attempt.is_alive():
            self._finish()

    def heard(self) -> None:
        """Messages come: with a long backlog the answer to a subscription may stand far behind them."""
        self._deadline = self._monotonic() + _SUBSCRIBED_WITHIN_S

    def _begin(self) -> None:
        """Connecting and the TLS handshake may take seconds, so they have a thread of their own."""
        self._error = self._subscription = None
        self._attempt = threading.Thread(target=self._connect, name="mqtt-connect", daemon=True)
        self._attempt.start()

    def _connect(self) -> None:
        options: dict[str, Any] = {}
        if self.address.version == 5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # theirs
            properties.SessionExpiryInterval = _SESSION_LASTS_S
            options = {"clean_start": False, "properties": properties}
        try:
            self.client.connect(self.address.host, self.address.port, keepalive=_KEEPALIVE_S, **options)
        except (OSError, ValueError) as error:
            self._error = error

    def _finish(self) -> None:
        self._attempt = None
        if self._error is not None:
            self._mourn(Deaf.BROKER_AWAY, str(self._error))
            return
        self.generation += 1
        self._up = True
        self.heard()

    def lose(self, why: Deaf) -> None:
        """Give the connection up, for that reason, and try again later."""
        self._mourn(why)
        sock = self.client.socket()
        self.client.disconnect()
        if sock is not None:
            self.client.loop_write()

    def close(self) -> None:
        """Disconnect in order; the broker keeps the session."""
        if self._attempt is not None:
            self._attempt.join(_CONNECT_TIMEOUT_S)
        self._up = False
        self.client.disconnect()
        if self.client.socket() is not None:
            self.client.loop_write()

    def _mourn(self, why: Deaf, detail: str = "") -> None:
        self._up = False
        if self.deaf is None and self._monotonic() - self._heard_since > _SETTLED_S:
            self._backoff.reset()
        wait = self._backoff.wait()
        self._due = self._monotonic() + wait
        if self.deaf != why:
            address = f"{self.address.host}:{self.address.port}"
            log.error("deaf: %s %s %s. Remedy: %s.", why, address, detail, REMEDIES[why])
        self.deaf = why

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            self._mourn(refusal(reason), str(reason))
            return
        _, self._subscription = client.subscribe([(topic, 1) for topic in self._filters])

    def _on_subscribe(
        self, _client: mqtt.Client, _data: object, mid: int, reasons: list[ReasonCode], _properties: object
    ) -> None:
        if mid != self._subscription:
            return
        if any(reason.value >= _REFUSED for reason in reasons):
            self.lose(Deaf.NO_SUBSCRIPTION)
            return
        log.warning("listening to %s:%s", self.address.host, self.address.port)
        self.deaf = None
        self._heard_since = self._monotonic()

    def _on_disconnect(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if self._up:
            self._mourn(Deaf.REFUSED if self._subscription is None else loss(reason), str(reason))


def paho_version(version: int) -> MQTTProtocolVersion:
    """paho's name of MQTT 3.1.1 (4) or 5."""
    return MQTTProtocolVersion.MQTTv5 if version == 5 else MQTTProtocolVersion.MQTTv311


def client_options(address: BrokerAddress) -> dict[str, Any]:
    """What every paho client of ours is built with: a fixed id and a session that the broker keeps."""
    options: dict[str, Any] = {
        "context": address.tls_context(),
        "callback_api_version": CallbackAPIVersion.VERSION2,
        "client_id": address.client_id,
        "protocol": paho_version(address.version),
        "reconnect_on_failure": False,
    }
    return options if address.version == 5 else options | {"clean_session": False}
