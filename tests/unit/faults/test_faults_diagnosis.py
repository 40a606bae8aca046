"""Diagnosis in virtual time: causes named for alarms, alarms for what no limit sees, feeders that explain."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from analytics.alarms.changes import ConditionChange
from analytics.alarms.rules import RuleBook
from analytics.faults.diagnosis import Diagnosis
from analytics.faults.models import FaultTable
from analytics.pipeline import Pipeline
from collector.reading import ReadingBatch, Source
from config.kind import FaultModel, Kind
from config.plant import Plant
from tests.unit.alarms.small_plant import Planted, kind, plant, point, rule, text
from tests.unit.analytics.line import Line, at

PUMP, ZONE = "north/pump", "north/zone"


def sign(when: str, likelihood: float = 0.9, background: float = 0.02) -> dict[str, Any]:
    return {
        "name": "sign",
        "title": text(when),
        "when": when,
        "likelihood": likelihood,
        "background": background,
    }


def fault(prior: float, signs: list[dict[str, Any]], *explains: str) -> dict[str, Any]:
    words = {"title": text("cause"), "first_checks": [text("look")], "consequence": text("bad")}
    return {**words, "prior": prior, "symptoms": signs, "explains": list(explains)}


def with_faults(base: Kind, **faults: dict[str, Any]) -> Kind:
    models = {name: FaultModel.model_validate(model) for name, model in faults.items()}
    return base.model_copy(update={"faults": models})


def pump_kind(**more: Any) -> Kind:
    points = {"flow": point("10m"), "power": point("10m"), "noise": point("10m")}
    base = kind("pump", points, {"no_flow": rule(point="flow", below=1, **more)})
    return with_faults(
        base,
        air=fault(0.05, [sign("flow < 5"), sign("power < 2")], "no_flow"),
        closed=fault(0.05, [sign("flow < 5"), sign("power > 6")], "no_flow"),
        worn=fault(0.05, [sign("noise > 5"), sign("power > 6")]),
    )


def small() -> Plant:
    zone = kind("zone", {"t": point("10m")}, {"cold": rule(point="t", below=18, suppressed_by_feeder=True)})
    zone = with_faults(zone, window=fault(0.1, [sign("t < 18", 0.9, 0.3)], "cold"))
    return plant(Planted(PUMP, pump_kind()), Planted(ZONE, zone, fed_by=[PUMP]))


class Ward(Line):
    """A line with a diagnosis; gives changes as they are."""

    def __init__(self, plant: Plant) -> None:
        super().__init__(plant)
        self.pipeline = Pipeline(plant, diagnosis=Diagnosis(plant))

    def pump(self, minute: float, flow: float, power: float, noise: float = 1) -> list[ConditionChange]:
        values = {"flow": flow, "power": power, "noise": noise}
        return self._take(self.batch([(minute, f"{PUMP}/{n}", v) for n, v in values.items()]))

    def zone(self, minute: float, t: float) -> list[ConditionChange]:
        return self._take(self.batch([(minute, f"{ZONE}/t", t)]))

    def batch(self, rows: Iterable[tuple[float, str, float]], **more: Any) -> ReadingBatch:
        """Of a simulated past, so that nobody is missed between two rows."""
        return super().batch(rows, source=Source.SIMULATED, **more)

    def _take(self, batch: Any) -> list[ConditionChange]:
        return self.pipeline.take([batch]).changes


def causes(change: ConditionChange) -> list[tuple[str, str | None]]:
    return [(c["fault"], c.get("asset")) for c in change.evidence["causes"]]


def test_an_alarm_names_the_cause_that_its_signs_speak_for() -> None:
    (air,) = Ward(small()).pump(0, flow=0, power=1)
    (closed,) = Ward(small()).pump(0, flow=0, power=8)
    assert causes(air)[0] == ("air", None)
    assert causes(closed)[0] == ("closed", None)
    first = air.evidence["causes"][0]
    assert first["probability"] > 0.9
    assert [s["en"] for s in first["signs"]] == ["flow < 5", "power < 2"]


def test_a_cause_is_named_as_it_was_when_the_alarm_came_not_when_the_batch_ended() -> None:
    line = Ward(small())
    rows = [(0, 0, 1), (40, 9, 4), (80, 9, 8)]
    given = [(m, f"{PUMP}/{n}", v) for m, f, p in rows for n, v in (("flow", f), ("power", p), ("noise", 1))]
    raised = [c for c in line.pipeline.take([line.batch(given)]).changes if c.active]
    assert [causes(c)[0][0] for c in raised] == ["air"]


def test_what_no_limit_sees_gets_an_alarm_of_its_own_when_it_stays() -> None:
    line = Ward(small())
    said = [c for m in range(0, 800, 10) for c in line.pump(m, flow=9, power=8, noise=8)]
    assert [(c.rule, c.active) for c in said] == [("fault.worn", True)]
    assert said[0].at == at(360)
    facts = RuleBook(line.plant).find(PUMP, "fault.worn")
    assert facts is not None
    assert (facts.priority, facts.guidance.en) == ("low", "look")
    sound = [c for m in range(800, 1400, 10) for c in line.pump(m, flow=9, power=4)]
    assert [(c.rule, c.active) for c in sound] == [("fault.worn", False)]


def test_signs_that_pass_raise_nothing() -> None:
    line = Ward(small())
    said = [c for m in range(0, 2000, 10) for c in line.pump(m, 9, 8, noise=8 if m % 300 < 200 else 1)]
    assert said == []


def test_a_fault_whose_alarm_is_up_is_not_told_twice() -> None:
    line = Ward(small())
    said = [c for m in range(0, 900, 10) for c in line.pump(m, flow=0, power=1)]
    assert [(c.rule, c.active) for c in said] == [("no_flow", True)]


def test_a_feeder_s_cause_explains_what_it_feeds() -> None:
    line = Ward(small())
    line.pump(0, flow=0, power=1)
    (cold,) = line.zone(5, 12)
    assert causes(cold) == [("air", PUMP), ("window", None)]
    line.pump(10, flow=9, power=4)
    line.zone(15, 20)
    (cold,) = line.zone(60, 12)
    assert causes(cold) == [("window", None)]


def test_a_restart_in_the_middle_changes_nothing() -> None:
    story = [(m, 9.0, 8.0, 8.0) for m in range(0, 800, 10)] + [
        (m, 0.0, 1.0, 1.0) for m in range(800, 900, 10)
    ]
    through, cut = Ward(small()), Ward(small())
    whole = [c for step in story for c in through.pump(*step)]
    parts = []
    for number, step in enumerate(story):
        if number % 17 == 0:
            saved = {k: v.copy() for k, v in cut.pipeline.save().items()}
            cut = Ward(small())
            cut.pipeline.restore(saved)
        parts += cut.pump(*step)
    assert parts == whole
    assert {c.rule for c in whole} == {"fault.worn", "no_flow"}


def test_batches_taken_together_say_the_same() -> None:
    rows = [(m, 0.0 if m > 500 else 9.0, 1.0 if m > 500 else 8.0, 8.0) for m in range(0, 900, 10)]
    one, many = Ward(small()), Ward(small())
    single = [c for row in rows for c in one.pump(*row)]
    names = ("flow", "power", "noise")
    batches = [
        many.batch([(m, f"{PUMP}/{n}", v) for n, v in zip(names, values, strict=True)]) for m, *values in rows
    ]
    assert many.pipeline.take(batches).changes == single


def test_probabilities_sum_to_one_and_unknown_signs_say_nothing() -> None:
    table = FaultTable.of(pump_kind())
    signs = np.array([[1, 0, -1], [1, 0, -1], [0, 0, -1], [0, 0, -1]], dtype=np.int8)
    shares = table.posterior(table.log_odds(signs))
    assert np.allclose(shares.sum(axis=0), 1)
    assert table.faults[int(shares[:-1, 0].argmax())] == "air"
    assert shares[-1, 1] > shares[-1, 2] > 0.5
    assert np.allclose(shares[:-1, 2], shares[0, 2])
