"""Whether a device is connected: `online` or `offline`, retained, under `facility/<site>/<device>/status`.

The device publishes `online` itself and leaves `offline` with the broker as its last will. JSON
`{"online": true}` is understood too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import orjson

from collector.directory import Directory
from collector.rejected import CODES, Rejected
from collector.wire.base import Decoded, Messages, Status

_TOPIC = re.compile(rb"facility/([^/]+/[^/]+)/status")
_WORDS = {b"online": True, b"offline": False}


class StatusFormat:
    """Decodes statuses; they are no readings, only what cannot be understood is a row."""

    name = "status"

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def subscriptions(self) -> Sequence[str]:
        """The status of every device."""
        return ["facility/+/+/status"]

    def claims(self, topic: bytes) -> bool:
        """Whether the topic has the documented form."""
        return _TOPIC.fullmatch(topic) is not None

    def decode(self, messages: Messages, received_at: int) -> Decoded:
        """Statuses of known devices, and refusals."""
        statuses: list[Status] = []
        refused: list[tuple[int, int, int]] = []
        for place, (topic, payload) in enumerate(zip(messages.topics, messages.payloads, strict=True)):
            name = _device(topic)
            carried = self._directory.carried(name)
            online = _online(payload)
            if carried is not None and online is not None:
                statuses.append(Status(carried.device, online, received_at))
                continue
            reason = Rejected.UNREADABLE if carried else Rejected.UNKNOWN_DEVICE
            device = carried.device if carried else self._directory.devices.stranger(name)
            refused.append((place, device, CODES[reason]))
        places, devices, codes = zip(*refused, strict=True) if refused else ((), (), ())
        return Decoded.refused(places, devices, codes).with_statuses(statuses)


def _device(topic: bytes) -> str:
    match = _TOPIC.fullmatch(topic)
    return match[1].decode(errors="replace") if match else ""


def _online(payload: bytes) -> bool | None:
    word = _WORDS.get(payload.strip().lower())
    if word is not None:
        return word
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    online = document.get("online") if isinstance(document, dict) else None
    return online if isinstance(online, bool) else None


FORMAT = StatusFormat
