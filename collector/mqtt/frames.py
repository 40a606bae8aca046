"""MQTT frames in bulk: PUBLISH packets out of whatever the socket gave, everything else left for paho."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

_PUBLISH = 0x30
_QOS = 0x06
_LONGEST_LENGTH = 4  # bytes of a remaining length


class ProtocolError(Exception):
    """The bytes are not MQTT; only a new connection helps."""


@dataclass(slots=True)
class Frames:
    """Whole packets.

    topics, payloads, ids: of the PUBLISH ones, in order (id 0: QoS 0). other: the rest, raw. size: bytes.
    """

    topics: list[bytes] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    other: bytearray = field(default_factory=bytearray)
    size: int = 0


class FrameSplitter:
    """Cuts a stream of bytes into packets; keeps an unfinished packet for the next call."""

    def __init__(self, *, version5: bool) -> None:
        self._version5 = version5
        self._kept: list[bytes] = []
        self._have = 0
        self._need = 2

    def feed(self, chunk: bytes, frames: Frames) -> None:
        """Add to `frames` the packets that are complete with this chunk. Raises ProtocolError."""
        self._kept.append(chunk)
        self._have += len(chunk)
        if self._have < self._need:
            return  # joining a large packet again for every chunk would take for ever
        data = chunk if len(self._kept) == 1 else b"".join(self._kept)
        done = self._split(data, frames)
        frames.size += done
        rest = data[done:]
        self._kept, self._have = [rest] if rest else [], len(rest)
        self._need = _needed(rest)

    def _split(self, data: bytes, frames: Frames) -> int:
        topics, payloads, ids = frames.topics.append, frames.payloads.append, frames.ids.append
        start, size, version5 = 0, len(data), self._version5
        while start + 2 <= size:
            first = data[start]
            length = data[start + 1]
            body = start + 2
            if length > 127:
                if body >= size:
                    break
                if data[body] < 128:  # two bytes of length are the rule
                    length, body = length & 127 | data[body] << 7, start + 3
                else:
                    length, body = _length(data, start)
                if length < 0:
                    break
            end = body + length
            if end > size:
                break
            if first & 0xF0 != _PUBLISH:
                frames.other += data[start:end]
                start = end
                continue
            place = body + 2 + (data[body] << 8 | data[body + 1]) if length >= 2 else end + 1
            topic_end = place
            number = 0
            if first & _QOS:
                number = data[place] << 8 | data[place + 1] if place + 2 <= end else 0
                place += 2
            if version5 and place < end:
                properties, after = _variable(data, place)
                place = after + properties
            if place > end:
                raise ProtocolError("a PUBLISH packet is shorter than what is in it")
            topics(data[body + 2 : topic_end])
            payloads(data[place:end])
            ids(number)
            start = end
        return start


def _length(data: bytes, start: int) -> tuple[int, int]:
    """Remaining length of the packet at `start`, and where its body begins; (-1, 0): it is cut off."""
    available = data[start + 1 : start + 1 + _LONGEST_LENGTH]
    value = 0
    for place, byte in enumerate(available):
        value |= (byte & 127) << (7 * place)
        if byte < 128:
            return value, start + 2 + place
    if len(available) == _LONGEST_LENGTH:
        raise ProtocolError("a packet length has more than four bytes")
    return -1, 0


def _variable(data: bytes, start: int) -> tuple[int, int]:
    length, after = _length(data, start - 1)
    if length < 0:
        raise ProtocolError("a property length is cut off")
    return length, after


def _needed(rest: bytes) -> int:
    """Bytes that must be there before the packet that begins here can be complete."""
    if len(rest) < 2:
        return 2
    length, body = _length(rest, 0)
    return len(rest) + 1 if length < 0 else body + length


def acknowledgements(ids: Sequence[int]) -> bytes:
    """PUBACK packets for these packet ids (0: QoS 0, none), one after the other."""
    numbers = np.array([i for i in ids if i], dtype=np.uint16)
    packets = np.empty((len(numbers), 4), dtype=np.uint8)
    packets[:, 0] = 0x40
    packets[:, 1] = 2
    packets[:, 2] = numbers >> 8
    packets[:, 3] = numbers & 255
    return packets.tobytes()
