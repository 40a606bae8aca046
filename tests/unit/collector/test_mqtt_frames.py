"""However the network cuts the stream, the same packets come out of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.mqtt.backoff import BackOff
from collector.mqtt.frames import Frames, FrameSplitter, ProtocolError, acknowledgements

Packet = tuple[bytes, bytes, int]


def length(n: int) -> bytes:
    out = bytearray()
    while True:
        n, low = n >> 7, n & 127
        out.append(low | (128 if n else 0))
        if not n:
            return bytes(out)


def publish(topic: bytes, payload: bytes, number: int, properties: bytes | None = None) -> bytes:
    """A PUBLISH packet; properties None: of MQTT 3.1.1."""
    body = len(topic).to_bytes(2, "big") + topic + (number.to_bytes(2, "big") if number else b"")
    if properties is not None:
        body += length(len(properties)) + properties
    body += payload
    return bytes([0x32 if number else 0x30]) + length(len(body)) + body


PINGRESP = b"\xd0\x00"
PACKETS = st.lists(
    st.tuples(st.binary(max_size=200), st.binary(max_size=400), st.integers(0, 65535)) | st.just(None),
    max_size=12,
)


@given(PACKETS, st.lists(st.integers(1, 60), min_size=1, max_size=40), st.booleans(), st.binary(max_size=200))
def test_any_cut_gives_the_same_packets(packets, cuts, version5, properties):
    props = properties if version5 else None
    stream = b"".join(PINGRESP if p is None else publish(p[0], p[1], p[2], props) for p in packets)
    splitter, frames, start = FrameSplitter(version5=version5), Frames(), 0
    while start < len(stream):
        size = cuts[start % len(cuts)]
        splitter.feed(stream[start : start + size], frames)
        start += size
    wanted: list[Packet] = [p for p in packets if p is not None]
    assert list(zip(frames.topics, frames.payloads, frames.ids, strict=True)) == wanted
    assert bytes(frames.other) == PINGRESP * packets.count(None)
    assert frames.size == len(stream)


def test_sixteen_megabytes_in_small_chunks_take_no_quadratic_time():
    packet = publish(b"t", b"x" * (16 << 20), 7)
    splitter, frames = FrameSplitter(version5=False), Frames()
    for start in range(0, len(packet), 1460):
        splitter.feed(packet[start : start + 1460], frames)
    assert [len(p) for p in frames.payloads] == [16 << 20]


@pytest.mark.parametrize(
    "stream",
    [b"\x30\xff\xff\xff\xff\x01", b"\x32\x00", b"\x32\x01\x00", b"\x30\x04\x00\x09ab", b"\x32\x03\x00\x01a"],
)
def test_what_is_not_mqtt_is_said_so(stream):
    with pytest.raises(ProtocolError):
        FrameSplitter(version5=False).feed(stream, Frames())


def test_a_property_length_that_never_ends_is_no_mqtt():
    with pytest.raises(ProtocolError):
        FrameSplitter(version5=True).feed(b"\x30\x04\x00\x01a\xff", Frames())


def test_acknowledgements_are_packets_in_order_and_none_for_qos_0():
    assert acknowledgements([1, 0, 0x1234]) == b"\x40\x02\x00\x01\x40\x02\x12\x34"
    assert acknowledgements([]) == b""


def test_waits_grow_to_a_bound_are_never_in_step_and_begin_again():
    backoff = BackOff(np.random.default_rng(3))
    waits = [backoff.wait() for _ in range(12)]
    for number, wait in enumerate(waits):
        whole = min(0.5 * 2**number, 30.0)
        assert whole / 2 <= wait <= whole
    assert len(set(waits)) == 12
    backoff.reset()
    assert backoff.wait() <= 0.5
