"""JSON payloads, many at a time; one that cannot be read never costs the others their place."""

from __future__ import annotations

import json
from collections.abc import Sequence

import orjson

_LENIENT_LIMIT = 1 << 20


class Unreadable:
    """Stands where a document would: what is wrong with the payload."""

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why


def parse_each(payloads: Sequence[bytes]) -> list[object]:
    """One document per payload, `Unreadable` where there is none."""
    try:
        return list(map(orjson.loads, payloads))
    except orjson.JSONDecodeError:
        return [_parse(p) for p in payloads]


def _parse(payload: bytes) -> object:
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        return _lenient(payload, str(error))


def _lenient(payload: bytes, why: str) -> object:
    """JSON with NaN or Infinity in it, which many devices write: the other values of the payload are good."""
    if len(payload) > _LENIENT_LIMIT or (b"NaN" not in payload and b"Infinity" not in payload):
        return Unreadable(why)
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return Unreadable(why)
