"""What can be plugged into the pipeline, and what becomes of rules that are taken out of the facility."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.alarms.changes import ConditionChange
from analytics.alarms.service import AlarmService
from analytics.alarms.state import State
from analytics.kinds import Framed
from analytics.memory import State as Memory
from analytics.pipeline import Pipeline
from tests.unit.alarms.desk import desk
from tests.unit.alarms.small_plant import Planted, kind, plant, point, rule
from tests.unit.analytics.line import Line, said

KIND = kind("thing", {"t": point()}, {"hot": rule(point="t", above=90), "warm": rule(point="t", above=50)})
PLANT = plant(Planted("north/a", KIND), Planted("north/b", KIND))


class Counter:
    """Raises an alarm at every third frame."""

    def __init__(self) -> None:
        self.frames = np.zeros(1, dtype=np.int64)

    def watch(self, framed: Sequence[Framed], now_ns: int) -> Iterable[ConditionChange]:
        for one in framed:
            self.frames += 1
            if self.frames[0] % 3 == 0:
                asset = one.frame.layout.assets[one.frame.present[0]].id
                yield ConditionChange(now_ns, asset, "third", active=True)

    def save(self) -> Memory:
        return {"frames": self.frames}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        self.frames = saved["frames"].copy()


def test_a_watcher_sees_every_frame_and_its_memory_is_kept() -> None:
    line = Line(PLANT)
    line.pipeline = Pipeline(PLANT, {"counter": Counter()})
    assert line.play("north/a/t", [1, 1]) == []
    saved = line.pipeline.save()
    line.pipeline = Pipeline(PLANT, {"counter": Counter()})
    line.pipeline.restore(saved)
    assert line.play("north/a/t", {2: 1.0}) == [(2, "north/a third", True)]


def test_memory_of_a_watcher_that_is_gone_is_dropped() -> None:
    line = Line(PLANT)
    line.pipeline = Pipeline(PLANT, {"counter": Counter()})
    line.play("north/a/t", [95])
    plain = Pipeline(PLANT)
    plain.restore(line.pipeline.save())
    assert said(plain.take([line.batch([(1, "north/a/t", 40)])]).changes) == [
        (1, "north/a hot", False),
        (1, "north/a warm", False),
    ]


def test_an_alarm_whose_rule_was_switched_off_is_cleared(tmp_path: Path) -> None:
    with desk(PLANT, f"sqlite:///{tmp_path}/caretaker.db") as site:
        hot, warm = site.raises("north/a"), site.raises("north/a", "warm")
        gone = site.raises("north/b")
        switched_off = plant(Planted("north/a", KIND, alarms={"hot": {"disabled": True}}))
        service = AlarmService(site.engine, switched_off, site.clock)
        service.retire_unknown()
        assert service.get(hot.id).state is State.RETURNED
        assert service.get(gone.id).state is State.RETURNED
        assert service.get(warm.id).state is State.UNACKNOWLEDGED
