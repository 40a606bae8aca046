"""The quarantine part of a journal entry: per message with refused readings, who sent what, and why not."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

RAW_LIMIT = 64 * 1024
"""Bytes of a payload that are kept; of more, the beginning and a hash of the whole."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The readings of one message that were refused.

    reason: of most of them. count: how many. detail: which points and what is wrong, for a person.
    at: UTC ns. size and sha256: of the whole payload. raw: its beginning.
    """

    topic: str
    device: str
    reason: str
    count: int
    detail: str
    at: int
    size: int
    sha256: str
    raw: bytes

    @property
    def whole(self) -> bool:
        """Whether all of the payload was kept."""
        return len(self.raw) == self.size


def kept(payload: bytes) -> tuple[int, str, bytes]:
    """Size, SHA-256 and beginning of a payload."""
    return len(payload), hashlib.sha256(payload).hexdigest(), payload[:RAW_LIMIT]


def encode(refused: Sequence[Refused]) -> bytes:
    """A line of JSON, then the raw bytes one after the other; empty for none."""
    if not refused:
        return b""
    heads = [
        (r.topic, r.device, r.reason, r.count, r.detail, r.at, r.size, r.sha256, len(r.raw)) for r in refused
    ]
    return b"".join([orjson.dumps(heads), b"\n", *(r.raw for r in refused)])


def decode(blob: bytes) -> list[Refused]:
    """What `encode` wrote."""
    if not blob:
        return []
    line, _, rest = blob.partition(b"\n")
    refused, start = [], 0
    for *head, length in orjson.loads(line):
        refused.append(Refused(*[*head, rest[start : start + length]]))
        start += length
    return refused
