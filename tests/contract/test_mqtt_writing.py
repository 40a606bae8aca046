"""A broker that reads slowly: packets of paho and PUBACKs written in bulk never interleave."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.mqtt import link
from collector.mqtt.bulk import BulkEar
from collector.mqtt.callback import CallbackEar
from collector.mqtt.ear import Heard
from collector.wire.base import Messages
from tests.brokers import Embedded, address, rng

MESSAGES = 30_000
OURS = 400
PAYLOAD = b"v" * 9_000
EARS = {"bulk": BulkEar, "callback": CallbackEar}


def packets(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """First byte and body of each whole packet; fails on anything that is none."""
    start = 0
    while start < len(stream):
        first, length, shift, body = stream[start], 0, 0, start + 1
        while True:
            byte = stream[body]
            length |= (byte & 127) << shift
            shift, body = shift + 7, body + 1
            if byte < 128:
                break
        assert body + length <= len(stream), "cut off"
        yield first, stream[body : body + length]
        start = body + length


class SlowBroker(threading.Thread):
    """Accepts one client, sends it messages, reads nothing until it may, then reads all there is."""

    def __init__(self) -> None:
        super().__init__()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port = int(self._server.getsockname()[1])
        self.may_read, self.may_close = threading.Event(), threading.Event()
        self.received = bytearray()

    def run(self) -> None:
        connection, _ = self._server.accept()
        connection.settimeout(0.2)
        connection.recv(1000)
        connection.sendall(b"\x20\x02\x00\x00")
        subscribe = connection.recv(1000)
        connection.sendall(b"\x90\x03" + subscribe[2:4] + b"\x01")
        for number in range(1, MESSAGES + 1):
            connection.settimeout(30)
            connection.sendall(b"\x32\x06\x00\x01t" + number.to_bytes(2, "big") + b"x")
        self.may_read.wait(30)
        connection.settimeout(0.2)
        while not self.may_close.is_set():
            try:
                self.received += connection.recv(65536)
            except TimeoutError:
                continue
        connection.close()
        self._server.close()


def test_a_broker_that_reads_late_gets_every_packet_whole_and_in_order():
    broker = SlowBroker()
    broker.start()
    ear = BulkEar(address(broker.port), ["t"], rng())
    heard, end = 0, time.monotonic() + 60
    while heard < MESSAGES:
        assert time.monotonic() < end
        batch = ear.listen(0.05)
        heard += len(batch)
        ear.acknowledge(batch)
    for _ in range(OURS):
        ear.publish("caretaker/north/values", PAYLOAD)
    broker.may_read.set()
    wanted = MESSAGES * 4 + OURS * (len(PAYLOAD) + 27)
    while len(broker.received) < wanted:
        assert time.monotonic() < end, (len(broker.received), wanted)
        ear.listen(0.02)
    ear.close()
    broker.may_close.set()
    broker.join()
    parsed = [p for p in packets(bytes(broker.received)) if p[0] != 0xE0]
    acknowledged = [int.from_bytes(body, "big") for first, body in parsed if first == 0x40]
    assert acknowledged == list(range(1, MESSAGES + 1))
    told = [body for first, body in parsed if first == 0x30]
    assert told == [b"\x00\x16caretaker/north/values" + PAYLOAD] * OURS


class Wire:
    """A socket that takes so many bytes at each call, and none at 0."""

    def __init__(self, takes: list[int]) -> None:
        self._takes = takes
        self._calls = 0
        self.stream = bytearray()

    def send(self, data: bytes | bytearray) -> int:
        takes = self._takes[self._calls % len(self._takes)]
        self._calls += 1
        if takes == 0:
            raise BlockingIOError
        self.stream += data[:takes]
        return min(takes, len(data))


class Queue:
    """What the ear sees of paho: packets that wait, and one call that writes until it must stop."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._waiting = bytearray()

    def add(self, packet: bytes) -> None:
        self._waiting += packet

    def want_write(self) -> bool:
        return bool(self._waiting)

    def loop_write(self) -> None:
        with suppress(BlockingIOError):
            while self._waiting:
                del self._waiting[: self._wire.send(self._waiting)]


@given(
    st.lists(st.sampled_from(["ours", "theirs", "flush"]), max_size=40),
    st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(any),
)
def test_who_began_a_write_ends_it_first(steps, takes):
    ear = BulkEar(address(1), ["t"], rng())
    wire = Wire(takes)
    queue = Queue(wire)
    ear._client, ear._watched, ear._link = queue, wire, SimpleNamespace(up=True, close=lambda: None)
    ours = theirs = 0
    for step in [*steps, *["flush"] * 2000]:
        if step == "ours":
            ours += 1
            ear.acknowledge(Heard(Messages([b"t"], [b""]), [ours], 0))
        elif step == "theirs":
            theirs += 1
            queue.add(b"\x30\x03\x00\x01" + bytes([theirs]))
        else:
            ear._flush()
    parsed = list(packets(bytes(wire.stream)))
    assert [body for first, body in parsed if first == 0x40] == [
        n.to_bytes(2, "big") for n in range(1, ours + 1)
    ]
    assert [body[2] for first, body in parsed if first == 0x30] == list(range(1, theirs + 1))
    ear.close()


@pytest.mark.parametrize("ear_class", EARS.values(), ids=EARS)
def test_a_connection_on_which_nothing_is_said_is_kept_alive(tmp_path, monkeypatch, ear_class):
    monkeypatch.setattr(link, "_KEEPALIVE_S", 1)
    broker = Embedded(tmp_path)
    ear = ear_class(address(broker.ports[4]), ["t"], rng())
    end = time.monotonic() + 4
    while time.monotonic() < end:
        ear.listen(0.1)
    assert ear.deaf is None
    assert ear._link.generation == 1
    ear.close()
    broker.stop()
