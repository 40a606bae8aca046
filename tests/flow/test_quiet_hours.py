"""Two hours without faults, wound sixty times as fast, through a whole node: nobody is disturbed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from analytics.alarms import tables
from collector.ledger import read_ledger
from config.clock import HOUR, WoundClock
from config.database import open_engine
from config.loading import load_plant
from config.point_numbers import StoredNumbers
from config.settings import load_settings
from tests.flow.whole_node import ROOT, WholeNode, until

SPEED, QUIET = 60.0, 2 * HOUR


@pytest.mark.prove
def test_two_quiet_hours_over_mqtt_raise_no_alarm(tmp_path: Path) -> None:
    now = time.time_ns()
    clock = WoundClock(now, now, SPEED)
    with WholeNode(tmp_path / "node", CARETAKER_CLOCK=clock.environment()) as node:
        until(node.alive, "the node does not come up", pause=0.3)
        command = [sys.executable, str(ROOT / "caretaker.py"), "simulate", "--no-faults"]
        simulator = subprocess.Popen(command, env=node.environment)
        engine = open_engine(load_settings(node.environment))
        try:
            begun = until(lambda: read_ledger(engine)["stored"] and clock.now_ns(), "nothing is published")
            clock.sleep((begun + QUIET - clock.now_ns()) / 10**9)
            assert simulator.poll() is None
        finally:
            simulator.send_signal(signal.SIGINT)
            assert simulator.wait(20) == 0
        plant = load_plant(load_settings(node.environment), StoredNumbers(engine))
        columns = (tables.alarm.c.asset, tables.alarm.c.rule, tables.alarm.c.evidence)
        with engine.connect() as connection:
            raised = [tuple(row) for row in connection.execute(select(*columns))]
        totals, devices = read_ledger(engine), len(plant.by_device)
        engine.dispose()
    assert raised == []
    assert totals["quarantined"] == 0
    # Every point at its own pace: far more than what is told once at the beginning.
    assert totals["stored"] > 10 * len(plant.points), f"{totals['stored']} readings of {devices} devices"
