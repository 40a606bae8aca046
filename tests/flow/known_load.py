"""Devices whose every value is known: some equipment works and fails by the clock, and says so over MQTT."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import orjson

from collector.reading import ReadingBatch
from config.clock import SECOND, Clock
from config.plant import Plant, PlantPoint
from tests.brokers import Publisher

MS = 10**6


@dataclass(frozen=True)
class Fault:
    """A point that is wrong for so many seconds, then right for so many, again and again."""

    asset: str
    point: str
    wrong: float
    right: float
    wrong_s: int
    right_s: int

    def at(self, seconds: float) -> float:
        """The value so many seconds after the beginning, which is right."""
        return self.right if seconds % (self.wrong_s + self.right_s) < self.right_s else self.wrong


FAULTS = (
    Fault("north/fryer-1", "oil_temp", 260, 170, 20, 40),  # latched, at once
    Fault("north/gas-detector-1", "ch4", 90, 0, 20, 70),  # latched, two limits
    Fault("north/gas-detector-1", "sensor_fault", 1, 0, 20, 90),  # at once, off-delay 60 s
    Fault("north/gas-detector-1", "valve_closed", 1, 0, 15, 80),  # at once, off-delay 60 s
    Fault("north/freezer-1", "power_ok", 0, 1, 80, 70),  # on-delay and off-delay 60 s
    Fault("north/weather", "fan_run", 0, 1, 45, 20),  # on-delay 30 s, off-delay 5 min
)
"""Nothing flickers within a delay of its rule: an alarm whose delay runs out while nobody hears is raised."""
OTHERS = ("north/fridge-meat", "north/power-meter-1", "north/gas-meter-1", "north/hand-wash-entrance")


class KnownLoad(threading.Thread):
    """Publishes one message per asset every `pause_s` of real time; `sent`: what the broker acknowledged.

    sent: reading time (UTC ns) by time, with point number and value of each reading.
    """

    def __init__(self, port: int, plant: Plant, clock: Clock, pause_s: float) -> None:
        super().__init__()
        self._publisher = Publisher(port)
        self._clock, self._pause_s = clock, pause_s
        self._end = threading.Event()
        names = dict.fromkeys([*(f.asset for f in FAULTS), *OTHERS])
        self._points = {name: _sent_by_itself(list(plant.assets[name].points.values())) for name in names}
        self._faults = {(f.asset, f.point): f for f in FAULTS}
        self.sent: dict[int, dict[int, float]] = {}

    @property
    def points(self) -> list[PlantPoint]:
        return [point for points in self._points.values() for point in points]

    def run(self) -> None:
        first = last = self._clock.now_ns() // MS
        number = 0
        while not self._end.wait(self._pause_s):
            now = max(self._clock.now_ns() // MS, last + 1)
            values = {name: self._values(name, (now - first) / 1000, number) for name in self._points}
            messages = [
                (f"facility/{name}/telemetry".encode(), orjson.dumps({"ts": now, "values": told}))
                for name, told in values.items()
            ]
            self._publisher.send(*messages)
            self.sent[now * MS] = {
                point.number: values[name][point.name]
                for name, all_ in self._points.items()
                for point in all_
            }
            last, number = now, number + 1

    def _values(self, asset: str, seconds: float, number: int) -> dict[str, float]:
        return {p.name: self._value(p, seconds, number) for p in self._points[asset]}

    def _value(self, point: PlantPoint, seconds: float, number: int) -> float:
        fault = self._faults.get((point.asset, point.name))
        if fault is not None:
            return fault.at(seconds)
        if point.type == "bool":
            return 0.0
        low, high = point.plausible
        return round(low + (high - low) * (0.4 + number % 1000 / 10_000), 6)

    def finish(self) -> None:
        """End; returns when the broker has acknowledged all."""
        self._end.set()
        self.join()
        self._publisher.close()

    def readings(self) -> list[ReadingBatch]:
        """What was sent as it would have come in had nothing happened, in the order of time."""
        return [
            ReadingBatch.of(list(held), [at] * len(held), list(held.values()), received_at=at + SECOND // 10)
            for at, held in sorted(self.sent.items())
        ]

    def expected(self) -> dict[tuple[int, int], float]:
        """Value by point number and time."""
        return {(point, at): value for at, held in self.sent.items() for point, value in held.items()}


def _sent_by_itself(points: list[PlantPoint]) -> list[PlantPoint]:
    return [p for p in points if not p.derived and p.role not in (None, "manual")]
