"""The control plan step by step: what it asks of zones and boilers, and the reason it gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.heating.control.baselines import FixedSchedule
from analytics.heating.control.curve import Curve
from analytics.heating.control.lead import LeadTimes
from analytics.heating.control.plan import ControlPlan, Limits
from analytics.heating.control.reasons import Setpoint, Stage, Supply
from analytics.heating.control.reset import SupplyReset
from analytics.heating.control.situation import OFF, Situation, Wanted
from analytics.heating.control.staging import Staging

HOUR = 3600.0


def _now(
    room: float = 20.0, *, occupied: bool = True, until_use: float = 0.0, **changes: object
) -> Situation:
    wanted = Wanted(
        np.array([20.0 if occupied else 16.0]),
        np.array([occupied]),
        np.array([until_use]),
        np.array([20.0]),
        np.array([8 * HOUR]),
    )
    three = np.full(3, 0.5)
    plain = Situation(0, -5.0, np.array([room]), np.full(3, 50.0), three, np.zeros(3, dtype=np.bool_), wanted)
    return replace(plain, **changes)  # type: ignore[arg-type]


def _plan(**changes: object) -> ControlPlan:
    return ControlPlan(Limits(np.array([12.0]))._replace(**changes), 3)  # type: ignore[arg-type]


@pytest.mark.parametrize(("outdoor", "supply"), [(-10, 63.2), (0, 51.2), (10, 37.5)])
def test_the_curve_gives_the_textbook_temperatures(outdoor: float, supply: float) -> None:
    assert Curve(1.4).supply(outdoor) == pytest.approx(supply, abs=0.1)


def test_a_zone_in_use_gets_its_setpoint_and_one_boiler_burns() -> None:
    decision = _plan().decide(_now(19.5))
    assert decision.zones.tolist() == [20.0]
    assert decision.zone_reasons == (Setpoint.OCCUPIED,)
    assert np.count_nonzero(decision.boilers > OFF) == 1
    assert decision.notes["supply"] == Supply.WEATHER_AND_REQUESTS


def test_an_empty_zone_sinks_to_its_setback_until_its_own_lead() -> None:
    plan = _plan()
    night = plan.decide(_now(17.0, occupied=False, until_use=11 * HOUR))
    assert (night.zones.tolist(), night.zone_reasons) == ([12.0], (Setpoint.SETBACK,))
    assert night.notes == {"supply": Supply.NO_REQUEST, "stage": Stage.DISABLED}
    assert set(night.boilers) == {OFF}
    morning = plan.decide(_now(17.0, occupied=False, until_use=0.5 * HOUR))
    assert (morning.zones.tolist(), morning.zone_reasons) == ([20.0], (Setpoint.OPTIMUM_START,))


def test_a_warm_room_coasts_through_the_end_of_its_use() -> None:
    last = _now(20.4)
    ending = last.wanted._replace(until_end=np.array([300.0]))
    assert _plan().decide(replace(last, wanted=ending)).zone_reasons == (Setpoint.OPTIMUM_STOP,)


def test_a_freezing_room_is_heated_whatever_the_schedule_says() -> None:
    decision = _plan().decide(_now(5.2, occupied=False, until_use=np.inf))
    assert decision.zone_reasons == (Setpoint.FROST_GUARD,)
    assert decision.zones[0] > 5.2
    assert (decision.boilers > 40).any()
    assert decision.notes["supply"] == Supply.FROST_GUARD


@pytest.mark.parametrize("broken", [np.nan, -40.0, 85.0])
def test_a_dead_sensor_falls_back_to_a_fixed_lead(broken: float) -> None:
    plan = _plan()
    assert plan.decide(_now(broken)).zone_reasons == (Setpoint.SENSOR_LOST,)
    early = plan.decide(_now(broken, occupied=False, until_use=1.5 * HOUR))
    assert (early.zones.tolist(), early.zone_reasons) == ([20.0], (Setpoint.SENSOR_LOST,))


def test_a_lost_outdoor_sensor_is_said_and_heats_as_if_it_were_cold() -> None:
    decision = _plan().decide(_now(19.5, outdoor=np.nan))
    assert decision.notes["supply"] == Supply.OUTDOOR_UNKNOWN
    assert decision.boilers.max() > 40


def test_a_boiler_that_must_not_condense_is_kept_hot() -> None:
    plan = _plan(condensing=False)
    for _ in range(500):
        decision = plan.decide(_now(19.9))
    assert decision.boilers.max() >= 65.0


def test_a_locked_out_boiler_is_passed_over() -> None:
    locked = np.array([True, False, False])
    decision = _plan().decide(_now(19.5, locked_out=locked))
    assert decision.boilers[0] == OFF
    assert decision.boilers[1] > OFF
    assert decision.notes["stage"] == Stage.LOCKED_OUT


def test_the_supply_sinks_until_zones_ask() -> None:
    reset = SupplyReset(Curve(1.3))
    first = reset.step(0, -10.0)
    for _ in range(60):
        low = reset.step(0, -10.0)
    for _ in range(60):
        high = reset.step(10, -10.0)
    assert low < first - 10
    assert high == pytest.approx(Curve(1.3).supply(-10.0))


def test_boilers_come_for_a_lasting_load_and_go_when_fewer_do() -> None:
    staging, free = Staging(3), np.zeros(3, dtype=np.bool_)
    warm = np.full(3, 50.0)
    for _ in range(8):
        burning, _ = staging.choose(300.0, np.array([1.0, 0, 0]), warm, 50.0, free)
    assert len(burning) == 2
    burning, reason = staging.choose(300.0, np.array([0.2, 0.2, 0]), warm, 50.0, free)
    assert (len(burning), reason) == (2, Stage.HELD)
    for _ in range(8):
        burning, _ = staging.choose(300.0, np.array([0.2, 0.2, 0]), warm, 50.0, free)
    assert len(burning) == 1


def test_the_lead_follows_a_building_that_has_changed() -> None:
    leads, one = LeadTimes(1), np.array([True])
    room, target = np.array([16.0]), np.array([19.7])

    def mornings(hours: float, days: int) -> float:
        for _ in range(days):
            leads.learn(one, target - room, -5.0, np.array([hours * HOUR]))
        return float(leads.warm_up(room, target, -5.0)[0]) / HOUR

    assert mornings(2.0, 10) == pytest.approx(2.0, abs=1 / 6)
    assert mornings(3.5, 5) == pytest.approx(3.5, abs=0.5)


def test_the_fixed_schedule_starts_by_the_clock() -> None:
    fixed = FixedSchedule()
    assert fixed.decide(_now(17.0, occupied=False, until_use=3 * HOUR)).zones.tolist() == [16.0]
    assert fixed.decide(_now(17.0, occupied=False, until_use=2 * HOUR)).zones.tolist() == [20.0]
    asleep = FixedSchedule(reduced=8.0, heating_off=True).decide(
        _now(17.0, occupied=False, until_use=5 * HOUR)
    )
    assert set(asleep.boilers) == {OFF}
