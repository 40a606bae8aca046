"""Signs that are on their way: slow changes are seen days before the limit, weather and noise are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest

from analytics.alarms.changes import ConditionChange
from analytics.faults.diagnosis import Diagnosis
from analytics.faults.margins import Margin
from analytics.pipeline import Pipeline
from collector.reading import ReadingBatch, Source
from config.clock import DAY, HOUR
from config.kind import FaultModel
from config.plant import Plant
from tests.unit.alarms.small_plant import Planted, kind, plant, point, rule, text

START = 20_000 * DAY
FILTER = "north/filter"


def filter_plant() -> Plant:
    points = {"dp": point("1h"), "run": point("1h", type="bool")}
    base = kind("filter", points, {"blocked": rule(point="dp", above=100)})
    sign = {"name": "dp", "title": text("dp up"), "when": "dp > 90 and run == 1"}
    model = {
        "title": text("dirt"),
        "prior": 0.05,
        "symptoms": [sign | {"likelihood": 0.9, "background": 0.03}],
        "first_checks": [text("look")],
        "consequence": text("bad"),
        "explains": ["blocked"],
    }
    return plant(
        Planted(FILTER, base.model_copy(update={"faults": {"dirt": FaultModel.model_validate(model)}}))
    )


def lived(days: int, dp: Callable[[float], float], pipeline: Pipeline | None = None) -> list[ConditionChange]:
    """One row an hour: dp as told while running, a senseless value in the other half of the day."""
    site = filter_plant()
    line = pipeline or Pipeline(site, diagnosis=Diagnosis(site))
    return [c for day in range(days) for c in line.take([_day(site, day, dp)]).changes]


def _day(site: Plant, day: int, dp: Callable[[float], float]) -> ReadingBatch:
    times = START + day * DAY + np.arange(24) * HOUR
    runs = np.arange(24) < 12
    values = [dp(day + hour / 24) if on else 0.0 for hour, on in enumerate(runs)]
    numbers = [site.points[f"{FILTER}/{name}"].number for name in ("dp", "run")]
    end = int(times[-1])
    rows: Iterable[tuple[int, object]] = zip(numbers, (values, runs.astype(float)), strict=True)
    return ReadingBatch.concat(
        ReadingBatch.of(np.full(24, n), times, column, received_at=end, source=Source.SIMULATED)  # type: ignore[arg-type]
        for n, column in rows
    )


def noise(day: float) -> float:
    return 3 * float(np.sin(day * 1000))


def test_a_slow_rise_is_told_long_before_the_limit() -> None:
    (change,) = lived(40, lambda day: 40 + noise(day) + max(day - 15, 0) * 1.5)
    assert (change.rule, change.active) == ("fault.dirt", True)
    since = (change.at - START) / DAY
    assert 40 + (since - 15) * 1.5 < 75
    assert change.evidence["causes"][0]["fault"] == "dirt"


def test_a_level_that_stays_says_nothing_however_noisy() -> None:
    assert lived(60, lambda day: 60 + 5 * noise(day)) == []


def test_one_day_that_stands_out_says_nothing() -> None:
    assert lived(40, lambda day: 80 if int(day) == 20 else 40 + noise(day)) == []


def test_after_the_repair_the_alarm_goes() -> None:
    said = lived(60, lambda day: 40 + noise(day) + (30 if 20 <= day < 35 else 0))
    assert [(c.rule, c.active) for c in said] == [("fault.dirt", True), ("fault.dirt", False)]
    assert said[1].at < START + 38 * DAY


def test_a_fault_that_lasts_is_not_learnt_as_normal() -> None:
    said = lived(200, lambda day: 40 + noise(day) + (30 if day >= 20 else 0))
    assert [(c.rule, c.active) for c in said] == [("fault.dirt", True)]


def test_a_change_in_the_first_week_is_taken_for_usual() -> None:
    assert lived(30, lambda day: 40 + (30 if day > 2 else 0)) == []


def test_memory_goes_on_after_a_restart() -> None:
    site = filter_plant()

    def dp(day: float) -> float:
        return 40 + noise(day) + max(day - 15, 0) * 1.5

    line, said = Pipeline(site, diagnosis=Diagnosis(site)), []
    for day in range(40):
        saved = {name: array.copy() for name, array in line.save().items()}
        line = Pipeline(site, diagnosis=Diagnosis(site))
        line.restore(saved)
        said += line.take([_day(site, day, dp)]).changes
    assert said == lived(40, dp)
    assert said


@pytest.mark.parametrize("sign", ["run == 1", "dp > 3 or run == 1", "dp > 3 and run > 0"])
def test_signs_without_one_inequality_have_no_margin(sign: str) -> None:
    assert Margin.of(sign, frozenset({"dp", "run"})) is None
