"""Readings as the messages their devices send."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from collector.reading import ReadingBatch
from collector.wire.native import encode, topic_of
from config.plant import Plant

_MS = 1_000_000


class Envelopes:
    """Puts the readings of one asset and moment into one message, numbered per device."""

    def __init__(self, plant: Plant, boot: str) -> None:
        """`boot`: a word that changes with every start of the devices."""
        self._plant = plant
        self._boot = boot
        self._numbers: dict[str, int] = {}

    def of(self, batch: ReadingBatch) -> Iterator[tuple[str, str, bytes]]:
        """Device, topic and payload of every message, an asset's messages in order of time."""
        asset = self._plant.columns.asset[batch.point]
        order = np.lexsort((batch.time, asset))
        asset, time = asset[order], batch.time[order]
        ends = np.flatnonzero((np.diff(asset) != 0) | (np.diff(time) != 0)) + 1
        points, values = batch.point[order].tolist(), batch.value[order].tolist()
        start = 0
        for end in [*ends.tolist(), len(order)]:
            if end > start:
                moment = int(time[start]) // _MS
                yield self._message(int(asset[start]), moment, points[start:end], values[start:end])
            start = end

    def _message(
        self, index: int, ts_ms: int, points: list[int], values: list[float]
    ) -> tuple[str, str, bytes]:
        asset = self._plant.by_index[index]
        number = self._numbers.get(asset.device, 0) + 1
        self._numbers[asset.device] = number
        named = {self._plant.by_number[p].name: v for p, v in zip(points, values, strict=True)}
        return asset.device, topic_of(asset.id), encode(ts_ms, named, seq=number, boot=self._boot)
