"""`caretaker notify` killed at any moment: every event reaches a real webhook, doubles carry the same id."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.alarms.changes import ConditionChange
from analytics.alarms.service import AlarmService
from api.notify.deliveries import waiting
from config.clock import SystemClock
from config.database import open_engine, upgrade
from config.loading import load_plant
from config.point_numbers import StoredNumbers
from config.settings import load_settings
from tests.flow.webhook_receiver import Receiver, receiving

ROOT = Path(__file__).parents[2]
KILLS = 3
PATIENCE_S = 90.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def test_every_event_arrives_though_the_notifier_is_killed_again_and_again(
    tmp_path: Path, receiver: Receiver
) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CARETAKER_")}
    environment["CARETAKER_DATA_DIR"] = str(tmp_path)
    hooks = [{"name": "test", "url": receiver.url}]
    environment["CARETAKER_NOTIFY__WEBHOOKS"] = json.dumps(hooks)
    # Sixty times as fast: what a dead notifier had claimed comes due again after a second, not a minute.
    environment["CARETAKER_CLOCK"] = f"{time.time_ns()},{time.time_ns()},60.0"
    settings, clock = load_settings(environment), SystemClock()
    engine = open_engine(settings)
    upgrade(engine)
    plant = load_plant(settings, StoredNumbers(engine))
    alarms = AlarmService(engine, plant, clock)
    pairs = [(a.id, rule) for a in plant.by_index for rule in a.kind.alarms][:400]
    now, dice = clock.now_ns(), random.Random(11)
    alarms.apply([ConditionChange(now, asset, rule, True) for asset, rule in pairs], now)
    sent = {t["event_id"] for t in _all_transitions(alarms)}
    assert len(sent) >= len(pairs)

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "caretaker.py", "notify"], cwd=ROOT, env=environment)

    deadline = time.monotonic() + PATIENCE_S
    for kill in range(KILLS):
        notifier, goal = start(), len(receiver.got) + dice.randrange(10, 60)
        while len(receiver.got) < goal and time.monotonic() < deadline:
            time.sleep(0.002)
        notifier.kill()
        notifier.wait()
        assert len(receiver.got) >= goal, f"nothing came after kill {kill}"
    last = start()
    while waiting(engine) and time.monotonic() < deadline:
        time.sleep(0.05)
    last.terminate()
    assert last.wait(30) == 0
    assert set(receiver.got) == {e for e in sent if not _is_quiet(alarms, e)}
    engine.dispose()


def _all_transitions(alarms: AlarmService) -> Iterator[dict[str, object]]:
    after = 0
    while page := alarms.transitions(after, limit=500):
        yield from page
        after = page[-1]["id"]


def _is_quiet(alarms: AlarmService, event_id: str) -> bool:
    alarm_id, _, number = event_id.rpartition(".")
    story = alarms.transitions(alarm_id=alarm_id, limit=500)
    return next(t["quiet"] for t in story if t["number"] == int(number)) is not None
