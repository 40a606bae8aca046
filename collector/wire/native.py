"""The documented format: JSON `{"ts", "values", "seq"?, "boot"?}`.

It comes under `facility/<site>/<asset>/telemetry` or `…/event`. A payload is one such object or a list of
them. A gateway may publish under its own name and call its values `<asset>/<point>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

import numpy as np
import orjson

from collector.decode.documents import Unreadable, parse_each
from collector.decode.routes import Routes
from collector.decode.times import parse_times
from collector.decode.values import parse_values
from collector.directory import Directory
from collector.reading import Int32s, Int64s
from collector.rejected import CODES, Rejected
from collector.wire.base import Decoded, Mark, Messages

TELEMETRY, EVENT = "telemetry", "event"
_TOPIC = re.compile(rb"facility/([^/]+/[^/]+)/(?:telemetry|event)")
READINGS_PER_MESSAGE = 200_000
_UNREADABLE, _TOO_MANY = CODES[Rejected.UNREADABLE], CODES[Rejected.TOO_MANY_READINGS]


def encode(
    ts_ms: int, values: Mapping[str, float], *, seq: int | None = None, boot: str | None = None
) -> bytes:
    """The payload of one moment of one asset; ts_ms: UTC milliseconds."""
    document: dict[str, object] = {"ts": ts_ms, "values": dict(values)}
    if seq is not None:
        document["seq"] = seq
    if boot is not None:
        document["boot"] = boot
    return orjson.dumps(document)


def topic_of(asset: str, what: str = TELEMETRY) -> str:
    """The topic of an asset (`site/asset`)."""
    return f"facility/{asset}/{what}"


@dataclass(slots=True)
class _Records:
    """Moments of assets, as columns: message, topic, time stamp, values by name, the whole object."""

    message: Sequence[int]
    topics: Sequence[bytes]
    stamps: list[object]
    values: list[dict[str, object]]
    objects: Sequence[dict[str, object]]


class NativeFormat:
    """Decodes whole batches in columns; only what is out of the ordinary is looked at one by one."""

    name = "native"

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._routes = Routes(directory, _asset_of)

    def subscriptions(self) -> Sequence[str]:
        """Telemetry and events of every site."""
        return [f"facility/+/+/{TELEMETRY}", f"facility/+/+/{EVENT}"]

    def claims(self, topic: bytes) -> bool:
        """Whether the topic has the documented form."""
        return _TOPIC.fullmatch(topic) is not None

    def decode(self, messages: Messages, received_at: int) -> Decoded:  # noqa: ARG002 - its own time stamps say when
        """Rows of these messages; an unreadable message is one row."""
        documents = parse_each(messages.payloads)
        records = _ordinary(messages.topics, documents)
        if records is not None:
            return self._rows(records)
        records, refused = self._sorted_out(messages.topics, documents)
        return Decoded.join([self._rows(records), refused])

    def _rows(self, records: _Records) -> Decoded:
        routes = self._routes.find(records.topics, records.values)
        widths = self._routes.width[routes]
        points, codes = self._routes.points(routes, widths)
        raw = list(chain.from_iterable(map(dict.values, records.values)))
        values, unfit = parse_values(raw, self._directory.boolean[points] & (points >= 0))
        if unfit is not None:
            codes = np.where(codes == 0, unfit, codes)
        devices = self._routes.device[routes]
        return Decoded(
            np.repeat(np.asarray(records.message, dtype=np.int32), widths),
            np.repeat(devices, widths),
            points,
            np.repeat(parse_times(records.stamps), widths),
            values,
            codes,
            _namer(records, widths),
            _marks(records, devices),
        )

    def _sorted_out(self, topics: Sequence[bytes], documents: list[object]) -> tuple[_Records, Decoded]:
        records = _Records([], [], [], [], [])
        refused: list[tuple[int, int, str]] = []
        for place, document in enumerate(documents):
            why = _why_not(document)
            if why is not None:
                refused.append((place, *why))
                continue
            for moment in document if isinstance(document, list) else [document]:
                _append(records, place, topics[place], moment)
        devices = [self._routes.device_of(topics[place]) for place, _, _ in refused]
        return records, Decoded.refused(
            [place for place, _, _ in refused],
            devices,
            [code for _, code, _ in refused],
            [why for _, _, why in refused],
        )


def _asset_of(topic: bytes) -> str:
    match = _TOPIC.fullmatch(topic)
    return match[1].decode(errors="replace") if match else ""


def _ordinary(topics: Sequence[bytes], documents: list[object]) -> _Records | None:
    """Records when every document is one moment with values, the rule; else None."""
    if set(map(type, documents)) != {dict}:
        return None
    moments = cast(list[dict[str, object]], documents)
    try:
        stamps = [m["ts"] for m in moments]
        held = [m["values"] for m in moments]
    except KeyError:
        return None
    if set(map(type, held)) != {dict} or not all(held):
        return None
    values = cast(list[dict[str, object]], held)
    if max(map(len, values)) > READINGS_PER_MESSAGE:
        return None
    return _Records(range(len(moments)), topics, stamps, values, moments)


def _why_not(document: object) -> tuple[int, str] | None:
    if isinstance(document, Unreadable):
        return _UNREADABLE, document.why
    moments = document if isinstance(document, list) else [document]
    if not moments:
        return _UNREADABLE, "an empty list"
    count = 0
    for moment in moments:
        if not isinstance(moment, dict):
            return _UNREADABLE, "neither an object nor a list of objects"
        values = moment.get("values")
        if not isinstance(values, dict) or not values:
            return _UNREADABLE, 'no "values" object with at least one value in it'
        count += len(values)
    if count > READINGS_PER_MESSAGE:
        return _TOO_MANY, f"{count} readings; {READINGS_PER_MESSAGE} are taken at most"
    return None


def _append(records: _Records, place: int, topic: bytes, moment: Any) -> None:
    for column, item in (
        (records.message, place),
        (records.topics, topic),
        (records.stamps, moment.get("ts")),
        (records.values, moment["values"]),
        (records.objects, moment),
    ):
        column.append(item)  # type: ignore[union-attr] # `_sorted_out` made them lists


def _namer(records: _Records, widths: Int64s) -> Callable[[int], str]:
    def name(row: int) -> str:
        ends = np.cumsum(widths)
        record = int(np.searchsorted(ends, row, side="right"))
        inside = row - int(ends[record] - widths[record])
        return list(records.values[record])[inside]

    return name


def _marks(records: _Records, devices: Int32s) -> list[Mark]:
    if max(map(len, records.objects), default=0) < 3:
        return []
    return [
        Mark(int(devices[row]), str(moment.get("boot", "")), seq)
        for row, moment in enumerate(records.objects)
        if isinstance(seq := moment.get("seq"), int) and not isinstance(seq, bool)
    ]


FORMAT = NativeFormat
