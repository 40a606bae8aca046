"""From (topic, names in the payload) to point numbers, looked up once and then taken as columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from collector.directory import Directory
from collector.reading import Int32s, Int64s, UInt8s
from collector.rejected import CODES, Rejected
from collector.wire.base import NO_POINT

_LIMIT = 100_000  # a device that invents names must not fill the memory
_Key = tuple[bytes, tuple[str, ...]]


class _Numbers(dict[_Key, int]):
    """Route numbers; a key that is not there yet is resolved and kept."""

    def __init__(self, resolve: Callable[[_Key], int]) -> None:
        self._resolve = resolve

    def __missing__(self, key: _Key) -> int:
        number = self[key] = self._resolve(key)
        return number


class Routes:
    """Per route its device and width, and per name of it the point and the code of a refusal, as columns."""

    def __init__(self, directory: Directory, name_of: Callable[[bytes], str]) -> None:
        self._directory = directory
        self._name_of = name_of
        self._start_anew()

    def _start_anew(self) -> None:
        self._numbers = _Numbers(self._resolve)
        self._width: list[int] = []
        self._device: list[int] = []
        self._points: list[int] = []
        self._codes: list[int] = []
        self._as_columns()

    def _as_columns(self) -> None:
        self.width: Int64s = np.array(self._width, dtype=np.int64)
        self.device: Int32s = np.array(self._device, dtype=np.int32)
        self._first = np.cumsum(self.width) - self.width
        self._all_points: Int32s = np.array(self._points, dtype=np.int32)
        self._all_codes: UInt8s = np.array(self._codes, dtype=np.uint8)

    def find(self, topics: Sequence[bytes], values: Sequence[dict[str, object]]) -> Int64s:
        """The route of each record; valid until the next call."""
        if len(self._points) > _LIMIT:
            self._start_anew()
        keys = zip(topics, map(tuple, values), strict=True)
        found = np.fromiter(map(self._numbers.__getitem__, keys), np.int64, len(topics))
        if len(self._width) != len(self.width):
            self._as_columns()
        return found

    def points(self, routes: Int64s, widths: Int64s) -> tuple[Int32s, UInt8s]:
        """Point (-1: none) and code of refusal of every value of these routes, in order."""
        first = self._first[routes]
        rows = np.repeat(first - (np.cumsum(widths) - widths), widths) + np.arange(widths.sum())
        return self._all_points[rows], self._all_codes[rows]

    def device_of(self, topic: bytes) -> int:
        """The device that publishes under this topic, known or not."""
        name = self._name_of(topic)
        carried = self._directory.carried(name)
        return carried.device if carried else self._directory.devices.stranger(name)

    def _resolve(self, key: _Key) -> int:
        topic, names = key
        carried = self._directory.carried(self._name_of(topic))
        points = carried.points if carried else {}
        missing = CODES[Rejected.UNKNOWN_POINT if carried else Rejected.UNKNOWN_DEVICE]
        self._width.append(len(names))
        self._device.append(self.device_of(topic))
        self._points.extend(points.get(name, NO_POINT) for name in names)
        self._codes.extend(0 if name in points else missing for name in names)
        return len(self._width) - 1
