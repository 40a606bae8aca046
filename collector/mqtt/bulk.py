"""The fast way of listening: PUBLISH frames off the socket in bulk, PUBACKs in one write."""

from __future__ import annotations

import selectors
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from paho.mqtt import client as mqtt

from collector.mqtt.address import BrokerAddress
from collector.mqtt.deaf import Deaf
from collector.mqtt.ear import MOST_BYTES, PATIENCE_S, SMALLEST_WINDOW, Heard
from collector.mqtt.frames import Frames, FrameSplitter, ProtocolError, acknowledgements
from collector.mqtt.link import Link, client_options
from collector.mqtt.tls import TlsClient
from collector.wire.base import Messages

_CHUNK = 256 * 1024
_TICK_S = 0.05


class FedClient(TlsClient):
    """paho, reading what it is fed instead of its socket."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._fed = bytearray()
        self._end: OSError | None = None

    def feed(self, packets: bytes | bytearray) -> None:
        """Let paho handle these whole packets."""
        self._fed += packets
        while self._fed and self.socket() is not None:
            self.loop_read()

    def fail(self, error: OSError) -> None:
        """Let paho find its connection broken."""
        self._end = error
        self.loop_read()

    def begin(self) -> None:
        """Forget what an earlier connection left."""
        self._fed.clear()
        self._end = None

    def _sock_recv(self, bufsize: int) -> bytes:
        if self._end is not None:
            raise self._end
        if not self._fed:
            raise BlockingIOError
        taken = bytes(self._fed[:bufsize])
        del self._fed[:bufsize]
        return taken


class BulkEar:
    """See `Ear`. While nobody calls `listen` nothing is read: what is in flight is bounded by one batch."""

    def __init__(self, address: BrokerAddress, filters: Sequence[str], rng: np.random.Generator) -> None:
        self._client = FedClient(**client_options(address))
        self._link = Link(self._client, address, filters, rng)
        self._client.on_socket_open = self._on_open
        self._client.on_socket_close = self._on_close
        self._client.on_socket_register_write = self._on_write_wanted
        self._client.on_message = None
        self._version5 = address.version == 5
        self._splitter = FrameSplitter(version5=self._version5)
        self._generation = 0
        self._out = bytearray()
        self._begun = False
        self._window = 0
        self._socket: Any = None
        self._watched: Any = None
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)

    @property
    def deaf(self) -> Deaf | None:
        """Why it hears nothing; None: all is well."""
        return self._link.deaf

    def listen(self, seconds: float) -> Heard:
        """Wait up to so many seconds for messages; few of them wait a little longer for more."""
        frames = Frames()
        end = time.monotonic() + seconds
        self._round(frames, 0.0)
        while not frames.topics and (left := end - time.monotonic()) > 0:
            self._round(frames, min(left, _TICK_S))
        self._linger(frames)
        if frames.topics and self.deaf is not None:
            self._link.heard()
        return Heard(Messages(frames.topics, frames.payloads), frames.ids, self._generation)

    def _linger(self, frames: Frames) -> None:
        """Sleep rather than wake for each message; stop at silence, which may be the broker's full window."""
        for pause in PATIENCE_S:
            before = len(frames.topics)
            if not before or frames.size >= MOST_BYTES or before == self._window:
                return
            time.sleep(pause)
            self._round(frames, 0.0)
            if len(frames.topics) == before and before >= SMALLEST_WINDOW:
                self._window = before
                return

    def _round(self, frames: Frames, seconds: float) -> None:
        """Tend the connection, wait for the socket once, read all that is there."""
        self._link.tend()
        self._watch()
        self._flush()
        if self._pending() or self._selector.select(seconds):
            self._drain_wake()
            self._read(frames)
        if self._link.up:
            self._client.loop_misc()

    def _watch(self) -> None:
        """Keep the selector on the socket in use, and on writing while there is something to write."""
        sock = self._socket if self._link.up else None
        if self._watched is not sock:
            if self._watched is not None:
                self._selector.unregister(self._watched)
            self._watched = sock
            if sock is not None:
                self._selector.register(sock, selectors.EVENT_READ)
                self._begin()
        if sock is not None:
            wants = bool(self._out) or self._client.want_write()
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wants else 0)
            if self._selector.get_key(sock).events != events:
                self._selector.modify(sock, events)

    def _begin(self) -> None:
        self._client.begin()
        self._splitter = FrameSplitter(version5=self._version5)
        self._out.clear()
        self._begun = False
        self._generation = self._link.generation

    def _pending(self) -> bool:
        return isinstance(self._watched, ssl.SSLSocket) and self._watched.pending() > 0

    def _drain_wake(self) -> None:
        with suppress(BlockingIOError):
            while self._woken.recv(4096):
                continue

    def _read(self, frames: Frames) -> None:
        while self._watched is not None and frames.size < MOST_BYTES:
            try:
                chunk = self._watched.recv(_CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError as error:
                self._client.fail(error)
                return
            if not chunk:
                self._client.fail(ConnectionResetError("closed by the broker"))
                return
            self._take(chunk, frames)

    def _take(self, chunk: bytes, frames: Frames) -> None:
        try:
            self._splitter.feed(chunk, frames)
        except ProtocolError:
            self._link.lose(Deaf.NOT_MQTT)
            return
        if frames.other:
            packets, frames.other = frames.other, bytearray()
            self._client.feed(packets)

    def acknowledge(self, heard: Heard) -> None:
        """Write the PUBACKs of all these in one go."""
        if heard.generation == self._generation and self._link.up:
            self._out += acknowledgements(heard.ids)
            self._flush()

    def _flush(self) -> None:
        """Write what is due. Packets of paho's and ours never interleave: who began a write ends it first."""
        if not self._link.up or self._watched is None:
            return
        if self._client.want_write() and not self._begun:
            self._client.loop_write()
            if self._client.want_write():
                return
        if not self._out:
            return
        try:
            del self._out[: self._watched.send(self._out)]
            self._begun = bool(self._out)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            self._begun = True
        except OSError as error:
            self._client.fail(error)

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> None:
        """Queue a message for the listening thread to send."""
        if qos or self.deaf is None:
            self._client.publish(topic, payload, qos=qos, retain=retain)

    def close(self) -> None:
        """Disconnect."""
        self._link.close()
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _on_open(self, _client: mqtt.Client, _data: object, sock: Any) -> None:
        self._socket = sock

    def _on_close(self, _client: mqtt.Client, _data: object, _sock: Any) -> None:
        self._socket = None

    def _on_write_wanted(self, _client: mqtt.Client, _data: object, _sock: Any) -> None:
        """paho has something to send, perhaps from another thread: the listening thread does it."""
        with suppress(BlockingIOError):  # full of wake-ups already
            self._wake.send(b"\x00")
