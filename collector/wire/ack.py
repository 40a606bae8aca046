"""A device's answer to a command: `{"id", "ok", "value"?, "reason"?}` under `facility/<site>/<asset>/ack`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import orjson

from collector.directory import UNKNOWN_DEVICE, Directory
from collector.rejected import CODES, Rejected
from collector.wire.base import Answer, Decoded, Messages

_TOPIC = re.compile(rb"facility/[^/]+/[^/]+/ack")
_UNREADABLE = CODES[Rejected.UNREADABLE]
_TEXT_LIMIT = 200


class AckFormat:
    """Decodes answers; they are no readings, only what cannot be understood is a row."""

    name = "ack"

    def __init__(self, directory: Directory) -> None:
        self._unknown = directory.devices.stranger(UNKNOWN_DEVICE)

    def subscriptions(self) -> Sequence[str]:
        """Answers of every asset."""
        return ["facility/+/+/ack"]

    def claims(self, topic: bytes) -> bool:
        """Whether the topic has the documented form."""
        return _TOPIC.fullmatch(topic) is not None

    def decode(self, messages: Messages, received_at: int) -> Decoded:
        """Answers, and refusals of what is none."""
        answers = [_answer(payload, received_at) for payload in messages.payloads]
        bad = [place for place, answer in enumerate(answers) if answer is None]
        rows = Decoded.refused(bad, [self._unknown] * len(bad), [_UNREADABLE] * len(bad))
        return rows.with_answers([a for a in answers if a is not None])


def _answer(payload: bytes, at: int) -> Answer | None:
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    command, done, value = document.get("id"), document.get("ok"), document.get("value")
    if not isinstance(command, str) or len(command) > _TEXT_LIMIT or not isinstance(done, bool):
        return None
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    if number is not None and not math.isfinite(number):
        number = None
    return Answer(command, done, number, str(document.get("reason", ""))[:_TEXT_LIMIT], at)


FORMAT = AckFormat
