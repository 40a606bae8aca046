"""The simulator as a running part: the fleet moves with the clock and publishes over MQTT.

clock ─▶ fleet.advance ─▶ messages ─▶ publisher      set ─▶ commands ─▶ fleet, ack
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from config.clock import DAY, MINUTE, SECOND, Clock
from config.plant import Plant
from device_sim.commands import answer
from device_sim.fleet import Fleet
from device_sim.history import COARSE_STEP, STATE_FILE, TRUTH_FILE
from device_sim.messages import Envelopes
from device_sim.planning import Planner
from device_sim.publisher import Broker, Publisher
from device_sim.scenario import Scenario
from device_sim.truth import read_truth, write_truth
from device_sim.world import Int64s

RUNNING_FILE = "simulator.running"
_log = logging.getLogger(__name__)
_LATE = 8 * MINUTE
_PLANNED_AHEAD = 7 * DAY
_SAVE_EVERY = 60 * SECOND
_STEPS_S = (1, 2, 5, 10, 15, 30, 60)
_LONGEST_CHUNK = 120


@dataclass(frozen=True)
class Orders:
    """What a run is asked for. `data_dir`: where memory and truth log are (None: there are none)."""

    seed: int = 1
    faults: bool = True
    data_dir: Path | None = None
    speed: float = 1.0


def simulate(plant: Plant, clock: Clock, stop: threading.Event, broker: Broker, orders: Orders) -> None:
    """Publish the plant's readings until `stop`; some things break at once (see the truth log)."""
    scenario = plan_run(plant, clock.now_ns(), orders) if orders.faults else Scenario()
    live = Live(plant, clock, Publisher(broker), scenario, orders)
    live.begin()
    try:
        while not stop.wait(live.pause_s):
            live.tick()
    finally:
        live.end()


def plan_run(plant: Plant, now_ns: int, orders: Orders) -> Scenario:
    """The faults told so far, and new ones: in every family one at once, others over the next week.

    A run that follows within minutes of one that broke off adds none.
    """
    folder = orders.data_dir
    told = [p for p in read_truth(folder / TRUTH_FILE) if p.asset in plant.assets] if folder else []
    begun = any(now_ns - 10 * MINUTE < p.onset_ns < now_ns + MINUTE for p in told)
    if folder and begun and (folder / RUNNING_FILE).exists():
        return Scenario(told)
    told = [p for p in told if p.onset_ns < now_ns]  # what an earlier run had planned for later never came
    rng = np.random.default_rng([orders.seed, now_ns // SECOND])
    planner = Planner(plant, rng, told, orders.seed)
    new = [*planner.opening(now_ns), *planner.later(now_ns + 10 * MINUTE, now_ns + _PLANNED_AHEAD)]
    if folder:
        write_truth(folder / TRUTH_FILE, plant, [*told, *new])
    return Scenario([*told, *new])


class Live:
    """One run: keeps the fleet at the clock's time."""

    def __init__(
        self, plant: Plant, clock: Clock, publisher: Publisher, scenario: Scenario, orders: Orders
    ) -> None:
        self._clock = clock
        self._publisher = publisher
        self._orders = orders
        self._fleet = Fleet(plant, orders.seed, scenario, lively=True)
        now = clock.now_ns()
        self._envelopes = Envelopes(plant, f"{now // SECOND:x}")
        self._step = step_for(orders.speed) * SECOND
        self._last = now // self._step * self._step
        self._saved = now

    @property
    def pause_s(self) -> float:
        """Real seconds to wait before the next step is due."""
        due = (self._last + self._step - self._clock.now_ns()) / SECOND / self._orders.speed
        return min(max(due, 0.0), 1.0)

    def begin(self) -> None:
        """Go on where the last run, or the history, ended; connect; tell everything once."""
        state = self._state_file
        if state is not None and state.exists():
            self._catch_up(self._fleet.restore(state))
        self._mark(running=True)
        self._publisher.start()
        self._publisher.tell_status(self._fleet.plant.by_device, b"online")
        self._publish(np.array([self._last]), everything=True)

    def tick(self) -> None:
        """Move to the clock's time, publish what is due, answer what was written."""
        now = self._clock.now_ns()
        times = np.arange(self._last + self._step, now + 1, self._step, dtype=np.int64)
        for start in range(0, len(times), _LONGEST_CHUNK):
            self._publish(times[start : start + _LONGEST_CHUNK])
        self._answer(now)
        if now - self._saved >= _SAVE_EVERY * self._orders.speed:
            self._save(now)

    def end(self) -> None:
        """Say good-bye for the devices and keep the memory."""
        self._publisher.tell_status(self._fleet.plant.by_device, b"offline")
        self._publisher.stop()
        self._save(self._last)
        self._mark(running=False)

    def _mark(self, *, running: bool) -> None:
        """A run that breaks off leaves the mark behind."""
        if self._orders.data_dir is not None:
            mark = self._orders.data_dir / RUNNING_FILE
            mark.touch() if running else mark.unlink(missing_ok=True)

    @property
    def _state_file(self) -> Path | None:
        return None if self._orders.data_dir is None else self._orders.data_dir / STATE_FILE

    def _save(self, now: int) -> None:
        if self._state_file is not None:
            self._fleet.save(self._state_file, self._last)
        self._saved = now

    def _publish(self, times: Int64s, everything: bool = False) -> None:
        batch = self._fleet.advance(times, self._step, everything)
        for device, topic, payload in self._envelopes.of(batch):
            self._publisher.publish(device, topic, payload)
        self._last = int(times[-1])

    def _answer(self, now: int) -> None:
        while not self._publisher.written.empty():
            reply = answer(self._fleet, self._publisher.written.get(), now)
            if reply is not None:
                self._publisher.publish(*reply)

    def _catch_up(self, since: int) -> None:
        """Live through the time nobody looked: the last minutes are told, what is longer ago is not."""
        for times, step, told in missed(since, self._last):
            batch = self._fleet.advance(times, step)
            for device, topic, payload in self._envelopes.of(batch) if told else ():
                self._publisher.publish(device, topic, payload)


def step_for(speed: float) -> int:
    """The step in seconds of simulated time: one of real time or a little less, a divisor of a minute."""
    return max((s for s in _STEPS_S if s <= speed), default=1)


def missed(since: int, now: int) -> Iterator[tuple[Int64s, int, bool]]:
    """Steps between two times (UTC ns): coarse ones, then by the minute where it is not too late to tell."""
    recent = max(now - _LATE, since)
    if recent > since:
        yield from _steps(since, recent, COARSE_STEP, told=False)
    yield from _steps(recent, now, MINUTE, told=True)


def _steps(start: int, end: int, step: int, *, told: bool) -> Iterator[tuple[Int64s, int, bool]]:
    times = np.arange(start + step, end, step, dtype=np.int64)
    for first in range(0, len(times), _LONGEST_CHUNK):
        yield times[first : first + _LONGEST_CHUNK], step, told
