"""The newest accepted values, told to others once a second: `caretaker/<site>/values`, QoS 0."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import orjson

from collector.reading import Quality, ReadingBatch
from collector.wire.base import NO_TIME
from config.plant import Plant

_MS = 1_000_000


class NewestValues:
    """Remembers per point the newest value since it was last told. Bad ones are not told."""

    def __init__(self, plant: Plant) -> None:
        size = len(plant.columns.known)
        self._names = {
            p.number: (p.asset.partition("/")[0], p.id.partition("/")[2]) for p in plant.points.values()
        }
        self._time = np.full(size, NO_TIME)
        self._value = np.zeros(size)
        self._told = np.full(size, NO_TIME)

    def observe(self, batch: ReadingBatch) -> None:
        """These were stored."""
        good = batch.take(batch.quality != Quality.BAD)
        order = np.argsort(good.time, kind="stable")
        point, time, value = good.point[order], good.time[order], good.value[order]
        newer = time >= self._time[point]
        self._time[point[newer]] = time[newer]
        self._value[point[newer]] = value[newer]

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """One message per site with values that are newer than those told before."""
        fresh = np.flatnonzero(self._time > self._told)
        self._told[fresh] = self._time[fresh]
        sites: dict[str, dict[str, list[float]]] = {}
        rows = zip(
            fresh.tolist(), (self._time[fresh] // _MS).tolist(), self._value[fresh].tolist(), strict=True
        )
        for number, time, value in rows:
            site, name = self._names[number]
            sites.setdefault(site, {})[name] = [time, value]
        for site, values in sites.items():
            yield f"caretaker/{site}/values", orjson.dumps(values)
