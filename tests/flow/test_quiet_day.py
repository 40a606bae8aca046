"""A day without faults, in every season: the whole campus through the pipeline, and nobody is disturbed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from analytics.pipeline import Pipeline
from collector.history import slices
from config.clock import HOUR, MINUTE, SECOND
from config.loading import demo_plant
from device_sim.fleet import Fleet

SEASONS = ["2026-01-20", "2026-04-12", "2026-07-15", "2026-10-25"]
WARM_UP_H, DAY_H, CHUNK = 6, 24, 3 * HOUR


@pytest.mark.parametrize("day", SEASONS)
def test_without_faults_there_is_no_alarm(day: str) -> None:
    plant = demo_plant()
    fleet, pipeline = Fleet(plant, seed=11), Pipeline(plant)
    start = int(dt.datetime.fromisoformat(f"{day}T00:00:00+08:00").timestamp()) * SECOND
    raised = []
    for begin in range(start, start + (WARM_UP_H + DAY_H) * HOUR, CHUNK):
        batch = fleet.advance(np.arange(begin, begin + CHUNK, MINUTE, dtype=np.int64), MINUTE)
        changes = pipeline.take(list(slices(batch))).changes
        raised += [(c.asset, c.rule) for c in changes if c.active]
    assert not raised
