"""Hands every message to the payload format that its topic belongs to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import numpy as np

from collector.directory import UNKNOWN_DEVICE, Directory
from collector.rejected import CODES, Rejected
from collector.wire.base import Decoded, Messages, WireFormat
from collector.wire.registry import load_formats

log = logging.getLogger(__name__)

_TOPICS_KEPT = 100_000


class _Owners(dict[bytes, int]):
    """The place of each topic's format; a topic that is not there yet is asked for and kept."""

    def __init__(self, formats: Sequence[WireFormat]) -> None:
        self._formats = formats

    def __missing__(self, topic: bytes) -> int:
        claimed = (place for place, f in enumerate(self._formats) if f.claims(topic))
        owner = self[topic] = next(claimed, len(self._formats))
        return owner


class Dispatch:
    """All payload formats as one."""

    def __init__(
        self, directory: Directory, formats: Callable[[Directory], list[WireFormat]] | None = None
    ) -> None:
        self._formats = (formats or load_formats)(directory)
        self._owners = _Owners(self._formats)
        self._nobody = directory.devices.stranger(UNKNOWN_DEVICE)
        self.subscriptions = sorted({s for f in self._formats for s in f.subscriptions()})

    def decode(self, messages: Messages, received_at: int) -> Decoded:
        """Rows of all messages; a topic that no format claims is one refused row."""
        if len(self._owners) > _TOPICS_KEPT:
            self._owners.clear()
        owners = list(map(self._owners.__getitem__, messages.topics))
        if owners and owners.count(owners[0]) == len(owners):
            return self._decode(owners[0], messages, received_at)
        owner = np.array(owners, dtype=np.int64)
        parts = []
        for place in np.unique(owner).tolist():
            rows = np.flatnonzero(owner == place).astype(np.int32)
            part = self._decode(place, messages.take(rows.tolist()), received_at)
            parts.append(part.of_messages(rows))
        return Decoded.join(parts) if parts else Decoded.refused([], [], [])

    def _decode(self, place: int, messages: Messages, received_at: int) -> Decoded:
        n = len(messages)
        if place == len(self._formats):
            return Decoded.refused(range(n), [self._nobody] * n, [CODES[Rejected.UNKNOWN_TOPIC]] * n)
        try:
            return self._formats[place].decode(messages, received_at)
        except Exception as error:
            # A message that its format trips over must cost nobody else: it is found by halving.
            if n == 1:
                log.exception("payload format %s failed on a message", self._formats[place].name)
                return Decoded.refused([0], [self._nobody], [CODES[Rejected.UNREADABLE]], [repr(error)])
            cut = n // 2
            first = self._decode(place, messages.slice(0, cut), received_at)
            second = self._decode(place, messages.slice(cut, n), received_at)
            return Decoded.join([first, second.of_messages(np.arange(cut, n, dtype=np.int32))])
