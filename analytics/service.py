"""The process `analyse`: reads the journal, decides on alarms, watches the other parts."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from sqlalchemy import Engine

from analytics.alarms.queries import list_active
from analytics.alarms.service import AlarmService
from analytics.alarms.system import SystemWatch
from analytics.analysis import Analysis, Places
from analytics.faults.diagnosis import Diagnosis
from analytics.pipeline import Pipeline
from collector.journal import Bound, JournalWriter, Limits, measure
from config.clock import Clock
from config.database import open_engine
from config.heartbeat import beat, read_all
from config.loading import load_plant
from config.point_numbers import StoredNumbers
from config.settings_model import Settings

log = logging.getLogger(__name__)

PART = "analyse"
_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.1
_FEW = 5000
_BEAT_S = 1.0
_SAVE_S = 60.0
_MEASURE_S = 10.0


def analyse(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    """Run until `stop` is set; memory is saved at the end."""
    engine = open_engine(settings)
    try:
        plant = load_plant(settings, StoredNumbers(engine))
        places = Places.under(settings.data_dir)
        derived = JournalWriter(places.derived, clock=clock, limits=_limits(settings))
        alarms = AlarmService(engine, plant, clock)
        analysis = Analysis(Pipeline(plant, diagnosis=Diagnosis(plant)), alarms, engine, places, derived)
        try:
            _Rounds(settings, engine, analysis, clock).run(stop)
            analysis.save()
        finally:
            analysis.close()
    finally:
        engine.dispose()


def _limits(settings: Settings) -> Limits:
    return Limits(max_bytes=settings.journal.max_bytes)


class _Rounds:
    """What is done again and again, each at its own pace in the machine's time."""

    def __init__(self, settings: Settings, engine: Engine, analysis: Analysis, clock: Clock) -> None:
        self._engine, self._analysis, self._clock = engine, analysis, clock
        self._limits, places = _limits(settings), Places.under(settings.data_dir)
        self._folders = (places.journal, places.derived)
        with engine.connect() as connection:
            self._watch = SystemWatch(PART, list_active(connection))
        self._beaten = self._measured = 0.0
        self._saved = time.monotonic()
        self._read = False

    def run(self, stop: threading.Event) -> None:
        """Read, tick, beat, save, until `stop` is set."""
        while not stop.is_set():
            began = time.monotonic()
            taken = self._analysis.step()
            self._read |= taken.readings > 0
            now = time.monotonic()
            if now - self._beaten >= _BEAT_S:
                self._beaten = now
                self._tick(caught_up=taken.last)
                # Memory goes to disk when there is a lull, and in any case now and then.
                if not self._read or now - self._saved >= _SAVE_S:
                    self._saved = now
                    self._analysis.save()
                self._read = False
            if taken.readings < _FEW:
                # Many small batches cost more than few larger ones: the more they cost, the longer the pause.
                took = time.monotonic() - began
                stop.wait(min(max(_PAUSE_S, 2 * took), _LONGEST_PAUSE_S))

    def _tick(self, *, caught_up: bool) -> None:
        if caught_up and not self._analysis.in_the_past:
            now = self._clock.now_ns()
            changes = self._watch.check(read_all(self._engine), self._bounds(), now)
            if self._watch.intake_away:
                self._analysis.excuse_silence(now)
            self._analysis.tick(now, changes)
        else:
            self._analysis.tick_by_log()
        details = {"caught_up": caught_up, "log_time": self._analysis.log_time}
        beat(self._engine, PART, self._clock, details=details)

    def _bounds(self) -> list[Bound]:
        if time.monotonic() - self._measured < _MEASURE_S:
            return []
        self._measured = time.monotonic()
        return [bound for folder in self._folders if folder.exists() for bound in self._of(folder)]

    def _of(self, folder: Path) -> list[Bound]:
        return measure(folder, self._limits, self._clock.now_ns())
