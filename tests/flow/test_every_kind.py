"""Every shipped kind the whole way: simulated, taken in, stored, alarmed by each fault, cleared after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from analytics.alarms.alarm import Alarm
from analytics.alarms.queries import AlarmFilter
from analytics.alarms.service import AlarmService
from analytics.alarms.state import State
from analytics.analysis import Analysis, Places
from analytics.pipeline import Pipeline
from collector import folders
from collector.history import Uncommitted, slices
from collector.intake.intake import Intake
from collector.journal import JournalWriter
from collector.reading import ReadingBatch, Source
from collector.stores.embedded.store import EmbeddedStore
from collector.stores.embedded.writer import EmbeddedWriter
from config.clock import DAY, MINUTE, ManualClock
from config.database import open_engine, upgrade
from config.loading import load_kinds
from config.plant import Plant
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario
from tests.kind_trace import at, of_one_kind

WEEKLY = {
    "fire_pump_set",
    "emergency_light",
    "extinguisher",
    "smoke_detector",
    "water_softener",
    "pressurisation_unit",
    "water_meter",
}
"""Kinds whose faults show over days, or in a test that comes once a week."""
WINTER, SUMMER = "2025-01-10T00:00", "2025-07-20T00:00"
STORIES = [(kind, slow) for kind in load_kinds() for slow in (False, True)]


def is_slow(kind: str, fault: str, ramp_ns: int) -> bool:
    return (kind in WEEKLY and fault != "burst") or ramp_ns >= DAY


@dataclass(frozen=True)
class Story:
    """One kind: each of its faults befalls a unit of its own, the last unit stays healthy."""

    plant: Plant
    faults: list[PlantedFault]
    start: int
    end: int
    step: int

    @classmethod
    def of(cls, folder: Path, kind: str, *, slow: bool) -> Story:
        model = load_kinds()[kind]
        simulated = {
            n: f for n, f in model.simulation.faults.items() if is_slow(kind, n, f.ramp) == slow and f.raises
        }
        plant = of_one_kind(folder, kind, len(simulated) + 1)
        heat = model.family in ("boiler", "heating", "utility")
        start = at("2024-11-20T00:00" if heat else WINTER)
        onset = start + DAY
        faults = [
            PlantedFault(
                onset, f"north/unit-{i}", name, f.ramp, 1.0, onset + f.ramp + (8 * DAY if slow else 2 * DAY)
            )
            for i, (name, f) in enumerate(simulated.items())
        ]
        repaired = max((f.end_ns for f in faults), default=onset)
        return cls(
            plant, faults, start, repaired + (8 * DAY if slow else 3 * DAY), (15 if slow else 2) * MINUTE
        )

    def readings(self) -> Iterator[ReadingBatch]:
        """In ten-minute pieces. A past that is coarser than devices send is marked as simulated."""
        fleet = Fleet(self.plant, seed=7, scenario=Scenario(tuple(self.faults)))
        times = np.arange(self.start + self.step, self.end, self.step, dtype=np.int64)
        for begin in range(0, len(times), 720):
            batch = fleet.advance(times[begin : begin + 720], self.step)
            if self.step > 2 * MINUTE:
                batch = replace(batch, source=np.full_like(batch.source, Source.SIMULATED))
            yield from slices(batch)


def live(story: Story, data: Path) -> tuple[list[Alarm], EmbeddedStore]:
    """Intake, journal, store and analytics over the whole story; all alarms of it, and the store."""
    clock = ManualClock(story.start)
    journal = JournalWriter(folders.measured(data).journal, clock=clock)
    intake = Intake(story.plant, Uncommitted(journal), clock)
    for piece in story.readings():
        clock.set(piece.received_at)
        intake.take_columns(piece)
    journal.commit()
    journal.close()
    engine = open_engine(f"sqlite:///{data}/caretaker.db")
    upgrade(engine)
    alarms = AlarmService(engine, story.plant, clock)
    derived = JournalWriter(folders.derived(data).journal, clock=clock)
    analysis = Analysis(Pipeline(story.plant), alarms, engine, Places.under(data), derived)
    while analysis.step().readings:
        analysis.tick_by_log()
    analysis.close()
    found: list[Alarm] = []
    cursor = None
    while True:
        page = alarms.list(AlarmFilter(since=0), cursor=cursor, limit=500)
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    engine.dispose()
    for place in (folders.measured(data), folders.derived(data)):
        writer = EmbeddedWriter(place.readings, place.journal, clock=clock)
        writer.close()
    return found, EmbeddedStore(folders.derived(data).readings, folders.derived(data).journal, clock=clock)


@pytest.mark.parametrize(
    ("kind", "slow"), STORIES, ids=[f"{k}-{'slow' if s else 'fast'}" for k, s in STORIES]
)
def test_kind_is_simulated_stored_alarmed_and_cleared(kind: str, slow: bool, tmp_path: Path) -> None:
    story = Story.of(tmp_path / "facility", kind, slow=slow)
    if not story.faults:
        return
    found, store = live(story, tmp_path / "data")
    model = story.plant.kinds[kind]
    for fault in story.faults:
        for rule in model.simulation.faults[fault.fault].raises:
            mine = [a for a in found if (a.asset, a.rule) == (fault.asset, rule)]
            assert any(fault.onset_ns <= a.since < fault.end_ns for a in mine), (
                f"{fault.fault}: {rule} not raised"
            )
            assert not any(a.state.active for a in mine), f"{fault.fault}: {rule} did not clear"
            assert all(a.state in (State.RETURNED, State.NORMAL) for a in mine)
            assert all(a.evidence["values"] for a in mine)
    healthy = f"north/unit-{len(story.faults)}"
    befallen = {f.asset for f in story.faults}
    false = [
        (a.asset, a.rule)
        for a in found
        if a.asset == healthy or (a.asset in befallen and a.since < story.start + DAY)
    ]
    assert false == []
    derived = [p.number for p in story.plant.points.values() if p.derived]
    assert len(store.latest(np.array(derived, dtype=np.int32))) > len(derived) // 2
    store.close()
