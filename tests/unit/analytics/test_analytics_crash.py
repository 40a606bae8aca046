"""Killed at any step, analytics ends where an uninterrupted run ends: the same alarms, once each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

import analytics.analysis
import analytics.snapshot
from analytics.alarms import tables
from analytics.alarms.service import AlarmService
from analytics.analysis import Analysis, Places
from analytics.pipeline import Pipeline
from analytics.snapshot import read_snapshot
from collector.journal import JournalReader, JournalWriter
from collector.reading import ReadingBatch
from config.clock import HOUR, SECOND, ManualClock
from config.database import metadata, open_engine
from tests.unit.alarms.small_plant import Planted, derived, kind, plant, point, rule
from tests.unit.analytics.line import START

KIND = kind(
    "thing",
    {"t": point("1m"), "run": point("1m", type="bool")},
    {
        "hot": rule(
            point="t", above=60, deadband=2, on_delay="2m", off_delay="3m", suppressed_by_feeder=True
        ),
        "cycling": rule(when="starts(run, '20m') > 4", latched=True),
    },
    derived={"calm": derived("mean(t, '10m')")},
)
PLANT = plant(Planted("north/a", KIND), Planted("north/b", KIND, fed_by=["north/a"]))


class KilledError(Exception):
    """The process is gone."""


def entries() -> list[ReadingBatch]:
    rng = np.random.default_rng(5)
    batches = []
    for minute in range(180):
        time = START + minute * 60 * SECOND
        quiet = 60 <= minute < 80
        points = [p for p in PLANT.points.values() if not p.derived and not (quiet and p.asset == "north/b")]
        values = [
            float(rng.random() > 0.5) if p.name == "run" else 50 + 15 * np.sin(minute / 9 - ord(p.asset[-1]))
            for p in points
        ]
        batches.append(
            ReadingBatch.of(
                [p.number for p in points], [time] * len(points), values, received_at=time + SECOND
            )
        )
    return batches


class Life:
    """Analytics on one folder, killed and started again as often as wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = ManualClock(START)
        self.places = Places.under(folder)
        self.engine = open_engine(f"sqlite:///{folder}/caretaker.db")
        metadata.create_all(self.engine)
        writer = JournalWriter(self.places.journal, clock=self.clock)
        for batch in entries():
            self.clock.set(batch.received_at)
            writer.append(batch)
        writer.commit()
        writer.close()

    @contextmanager
    def analysis(self) -> Iterator[Analysis]:
        journal = JournalWriter(self.places.derived, clock=self.clock)
        try:
            alarms = AlarmService(self.engine, PLANT, self.clock)
            yield Analysis(Pipeline(PLANT), alarms, self.engine, self.places, journal)
        finally:
            # The dead write nothing any more; the system lets go of their lock.
            journal._lock.release()

    def live(self) -> None:
        """Read all there is in small steps, saving and ticking now and then, then end in order."""
        with self.analysis() as one:
            steps = 0
            while not (taken := one.step(60)).last or taken.readings:
                steps += 1
                one.tick_by_log()
                if steps % 3 == 0:
                    one.save()
            one.tick(START + 4 * HOUR)
            one.save()
            one.close()

    def result(self) -> list[tuple[Any, ...]]:
        """All transitions in the order of the story."""
        table = tables.alarm_transition
        columns = (
            table.c.alarm_id,
            table.c.number,
            table.c.event,
            table.c.to_state,
            table.c.at,
            table.c.reason,
        )
        with self.engine.connect() as connection:
            told = connection.execute(select(*columns).order_by(table.c.alarm_id, table.c.number)).all()
            events = connection.execute(select(tables.outbox.c.event_id)).scalars().all()
        assert sorted(events) == sorted(f"{row.alarm_id}.{row.number}" for row in told)
        return [tuple(row) for row in told]

    def derived(self) -> dict[tuple[int, int], float]:
        reader = JournalReader(self.places.derived, None)
        found: dict[tuple[int, int], float] = {}
        for entry in reader.read():
            r = entry.readings
            for key, value in zip(zip(r.point.tolist(), r.time.tolist(), strict=True), r.value, strict=True):
                assert found.setdefault(key, float(value)) == pytest.approx(float(value)), (
                    "told twice, differently"
                )
        reader.close()
        return found


class Killer:
    """Dies at the n-th of the places it stands at; before or after what happens there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int | None) -> None:
        self.count, self.at = 0, at
        for owner, name in (
            (JournalWriter, "append"),
            (JournalWriter, "commit"),
            (AlarmService, "apply"),
            (AlarmService, "tick"),
            (analytics.analysis, "write_snapshot"),
            (analytics.snapshot.os, "fsync"),
            (Path, "replace"),
            (JournalReader, "checkpoint"),
        ):
            monkeypatch.setattr(owner, name, self._watched(getattr(owner, name)))

    def _watched(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            self._maybe_die()
            result = real(*args, **more)
            self._maybe_die()
            return result

        return call

    def _maybe_die(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise KilledError


@pytest.fixture(name="uninterrupted", scope="module")
def _uninterrupted(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[list[tuple[Any, ...]], dict[Any, float]]:
    life = Life(tmp_path_factory.mktemp("whole"))
    life.live()
    result = life.result(), life.derived()
    life.engine.dispose()
    return result


def test_the_story_is_worth_telling(uninterrupted: tuple[list[tuple[Any, ...]], Any]) -> None:
    events = {row[2] for row in uninterrupted[0]}
    assert events == {"raised", "cleared", "suppressed", "unsuppressed"}
    assert len(uninterrupted[0]) > 20


@pytest.mark.parametrize("every", [31, pytest.param(1, marks=pytest.mark.prove)])
def test_killed_at_any_step(
    every: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uninterrupted: tuple[Any, Any]
) -> None:
    life = Life(tmp_path / "count")
    with monkeypatch.context() as counting:
        killer = Killer(counting, None)
        life.live()
        life.engine.dispose()
    for at in range(1, killer.count + 1, every):
        life = Life(tmp_path / str(at))
        with monkeypatch.context() as deadly:
            Killer(deadly, at)
            with pytest.raises(KilledError):
                life.live()
        life.live()
        assert life.result() == uninterrupted[0], f"killed at step {at}"
        assert life.derived().keys() == uninterrupted[1].keys()
        life.engine.dispose()


def test_memory_lost_alarms_go_on_from_their_own_record(tmp_path: Path) -> None:
    life = Life(tmp_path)
    with life.analysis() as one:
        while one.log_time < START + 100 * 60 * SECOND:
            one.step(30)
    assert read_snapshot(life.places.memory) is None
    before = life.result()
    life.live()
    after = life.result()
    assert set(before) <= set(after)
    states = [row[3] for row in after]
    assert states.count("unacknowledged") >= 2
    raised = [row[0] for row in after if row[2] == "raised" and row[5] == "condition_true"]
    assert len(raised) == len(set(raised))
    life.engine.dispose()


def test_broken_memory_is_put_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    life = Life(tmp_path)
    life.live()
    memory = life.places.memory / "memory.npz"
    memory.write_bytes(memory.read_bytes()[:100])
    assert read_snapshot(life.places.memory) is None
    assert "built up again" in caplog.text
    before = life.result()
    life.live()
    assert life.result() == before
    life.engine.dispose()


def test_journal_of_another_life_is_read_from_its_start(tmp_path: Path) -> None:
    life = Life(tmp_path / "one")
    life.live()
    before = len(life.result())
    shutil.rmtree(life.places.journal)
    writer = JournalWriter(life.places.journal, clock=life.clock)
    for batch in entries()[:10]:
        shifted = ReadingBatch.of(
            batch.point, batch.time + 5 * HOUR, batch.value + 40, received_at=batch.received_at + 5 * HOUR
        )
        writer.append(shifted)
    writer.commit()
    writer.close()
    life.live()  # finds that its place is not in this journal
    life.live()
    assert len(life.result()) > before
    life.engine.dispose()
