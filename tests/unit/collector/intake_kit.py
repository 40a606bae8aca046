"""What the intake's tests share: a boiler room of four points, payloads, and an intake on a real journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from collector.intake import Intake
from collector.intake.blob import Refused
from collector.intake.blob import decode as decode_refused
from collector.intake.delta import Delta
from collector.intake.delta import decode as decode_delta
from collector.journal import JournalReader, JournalWriter, Limits
from collector.reading import ReadingBatch
from collector.wire.base import Messages
from config.clock import SECOND, ManualClock
from config.plant import Plant
from tests.unit.alarms import small_plant
from tests.unit.alarms.small_plant import Planted, point, rule

NOW = 1_767_600_000 * SECOND  # 2026-01-05T08:00:00Z
NOW_MS = NOW // 10**6
BOILER = small_plant.kind(
    "test_boiler",
    {
        "supply_temp": point(low=-20, high=150),
        "return_temp": point(low=-20, high=150),
        "burner_on": point(low=0, high=1, type="bool"),
    },
    {"hot": rule(point="supply_temp", above=95)},
    derived={"delta_t": small_plant.derived("supply_temp - return_temp")},
)


def boiler_room() -> Plant:
    """Two boilers that publish for themselves, and two behind a gateway."""
    return small_plant.plant(
        Planted("north/boiler-1", BOILER),
        Planted("north/boiler-2", BOILER),
        Planted("south/boiler-3", BOILER, device="south/gateway"),
        Planted("south/boiler-4", BOILER, device="south/gateway"),
    )


def number(plant: Plant, name: str) -> int:
    return plant.points[name].number


def message(
    payload: object = None,
    topic: str = "facility/north/boiler-1/telemetry",
    *,
    ts: object = NOW_MS,
    **values: object,
) -> tuple[bytes, bytes]:
    """Topic and payload; `payload` as it is (bytes), as JSON, or the values by name."""
    if payload is None:
        payload = {"ts": ts, "values": values}
    return topic.encode(), payload if isinstance(payload, bytes) else orjson.dumps(payload)


def messages(*pairs: tuple[bytes, bytes]) -> Messages:
    return Messages([t for t, _ in pairs], [p for _, p in pairs])


class Room:
    """An intake on a journal in a folder, and what it wrote."""

    def __init__(self, folder: Path, *, segment_bytes: int = 64 << 20, **options: Any) -> None:
        self.plant = boiler_room()
        self.clock = ManualClock(NOW)
        self.folder = folder / "journal"
        self.journal = JournalWriter(
            self.folder, clock=self.clock, segment_bytes=segment_bytes, limits=Limits(min_free_bytes=0)
        )
        self.intake = Intake(self.plant, self.journal, self.clock, **options)

    def take(self, *pairs: tuple[bytes, bytes]) -> tuple[int, int, int, int]:
        """received, stored, duplicate, quarantined"""
        return self.intake.take_messages(messages(*pairs)).numbers()[:4]

    def written(self) -> tuple[ReadingBatch, Delta, list[Refused]]:
        """Everything in the journal."""
        reader = JournalReader(self.folder, None)
        entries = []
        while found := reader.read():
            entries += found
        reader.close()
        delta = Delta()
        for entry in entries:
            delta.add(decode_delta(entry.ledger))
        refused = [r for e in entries for r in decode_refused(e.quarantine)]
        return ReadingBatch.concat([e.readings for e in entries]), delta, refused

    def stored(self) -> dict[tuple[str, int], float]:
        """Values by point id and time."""
        readings, _, _ = self.written()
        rows = zip(readings.point.tolist(), readings.time.tolist(), readings.value.tolist(), strict=True)
        held: dict[tuple[str, int], float] = {}
        for point_number, time, value in rows:
            key = (self.plant.by_number[point_number].id, time)
            assert key not in held, f"{key} is stored twice"
            held[key] = value
        return held

    def refused(self) -> list[tuple[str, str, int]]:
        """Device, reason and count of what is in quarantine."""
        return [(r.device, r.reason, r.count) for r in self.written()[2]]
