"""The process `caretaker analyse`, killed again and again while readings keep coming."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, select

from analytics.alarms import tables
from analytics.alarms.service import AlarmService
from analytics.analysis import READER, Analysis, Places
from analytics.pipeline import Pipeline
from collector.history import slices
from collector.journal import JournalWriter
from collector.journal.inspect import inspect
from collector.reading import ReadingBatch
from config.clock import DAY, MINUTE, SystemClock
from config.database import open_engine, upgrade
from config.heartbeat import read_all
from config.plant import Plant
from config.point_numbers import StoredNumbers
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario
from tests.kind_trace import at, of_one_kind

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


def story(plant: Plant) -> list[ReadingBatch]:
    """Three days of refrigerators, one of which loses its cooling twice."""
    start = at("2025-01-10T00:00")
    faults = [
        PlantedFault(start + day * DAY, "north/unit-0", "power_loss", 0, 1.0, start + day * DAY + DAY // 3)
        for day in (1, 2)
    ]
    fleet = Fleet(plant, seed=3, scenario=Scenario(tuple(faults)))
    times = start + np.arange(1, 3 * DAY // MINUTE, dtype=np.int64) * MINUTE
    return list(slices(fleet.advance(times, MINUTE)))


def result(engine: Engine) -> list[tuple[Any, ...]]:
    table = tables.alarm_transition
    columns = (table.c.alarm_id, table.c.number, table.c.event, table.c.to_state, table.c.at)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(*columns[:2]))]


def start(environment: dict[str, str], engine: Engine) -> subprocess.Popen[bytes]:
    """The process, once it has given a sign of life."""
    running = subprocess.Popen([sys.executable, "caretaker.py", "analyse"], cwd=ROOT, env=environment)
    try:
        wait_until(
            lambda: [h.pid for h in read_all(engine).values()] == [running.pid], "analyse did not start"
        )
    except AssertionError:
        running.kill()
        running.wait()
        raise
    return running


def wait_until(true: Any, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_killed_again_and_again_the_alarms_are_what_they_would_have_been(tmp_path: Path) -> None:
    plant = of_one_kind(tmp_path, "refrigerator", 3)
    data = tmp_path / "data"
    environment = {
        **os.environ,
        "CARETAKER_DATA_DIR": str(data),
        "CARETAKER_FACILITY": str(tmp_path / "facility"),
    }
    clock, places = SystemClock(), Places.under(data)
    engine = open_engine(f"sqlite:///{data}/caretaker.db")
    upgrade(engine)
    StoredNumbers(engine).numbers([p.id for p in sorted(plant.points.values(), key=lambda p: p.number)])
    batches = story(plant)
    journal = JournalWriter(places.journal, clock=clock)

    def feed() -> None:
        for batch in batches:
            journal.append(batch)
            journal.commit()
            time.sleep(0.01)

    feeding = threading.Thread(target=feed)
    feeding.start()
    rng = np.random.default_rng(1)
    deaths = 0
    while feeding.is_alive() or deaths < 4:
        before = len(result(engine))
        running = start(environment, engine)
        time.sleep(float(rng.uniform(0.0, 1.5)))
        running.send_signal(signal.SIGKILL)
        running.wait()
        deaths += 1
        assert len(result(engine)) >= before
    feeding.join()
    running = start(environment, engine)

    def read_all_of_it() -> bool:
        report = inspect(places.journal, clock.now_ns())
        return any(r.name == READER and r.lag.bytes == 0 for r in report.readers)

    try:
        wait_until(read_all_of_it, "analyse did not read on")
    finally:
        running.terminate()
    assert running.wait(20) == 0
    journal.close()
    killed = result(engine)
    engine.dispose()

    whole = open_engine(f"sqlite:///{tmp_path}/whole/caretaker.db")
    upgrade(whole)
    calm = Places(places.journal, tmp_path / "whole" / "derived", tmp_path / "whole" / "memory")
    (places.journal / "readers" / f"{READER}.json").unlink(missing_ok=True)
    derived = JournalWriter(calm.derived, clock=clock)
    one = Analysis(Pipeline(plant), AlarmService(whole, plant, clock), whole, calm, derived)
    while one.step(2000).readings:
        one.tick_by_log()
    one.close()
    assert len(result(whole)) >= 4
    assert killed == result(whole)
    whole.dispose()
