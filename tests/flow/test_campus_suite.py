"""The campus suite on a few kinds: it finds what was planted, names it, and stays quiet where nothing is."""

from __future__ import annotations

import math

import pytest
from click.testing import CliRunner

from device_sim.suites import campus
from device_sim.suites.campus_play import Case, Healthy
from device_sim.suites.cli import judge


@pytest.fixture(scope="module")
def verdict() -> campus.Verdict:
    return campus.judge(3, ["fire_door", "extinguisher"], workers=1, healthy=False)


def test_faults_of_middle_severity_are_found_and_named(verdict: campus.Verdict) -> None:
    middle = verdict.of("middle")
    assert {c.fault for c in middle} == {
        "wedged",
        "closer_worn",
        "latch_broken",
        "valve_leak",
        "discharged",
        "misplaced",
    }
    assert campus.recall(middle) == 1
    assert campus.first_cause(middle) == 1
    assert verdict.false_alarms_per_asset_month == 0


def test_the_same_seed_gives_the_same_verdict(verdict: campus.Verdict) -> None:
    again = campus.judge(3, ["extinguisher"], workers=1, healthy=False)
    assert again.cases == tuple(c for c in verdict.cases if c.kind == "extinguisher")


def test_the_table_names_what_was_missed() -> None:
    missed = Case("pump", "worn", "middle", 10, "worn", 0, None, None, None)
    wrong = Case("pump", "air", "middle", 10, "air", 0, 5, "no_flow", "closed")
    verdict = campus.Verdict(1, (missed, wrong), (Healthy(2 * campus.MONTH, (("lab/healthy", "hot"),)),))
    middle = verdict.of("middle")
    assert (campus.recall(middle), campus.first_cause(middle)) == (0.5, 0)
    assert campus.median_delay(middle) == 0.5
    assert math.isnan(campus.median_delay([missed]))
    told = campus.table(verdict)
    assert "air (called closed), worn (not found)" in told
    assert "false alarms per asset-month on healthy equipment: 0.500\n  1 × hot" in told


def test_the_command_prints_one_table() -> None:
    done = CliRunner().invoke(judge, ["--kind", "fire_door", "--no-healthy", "--workers", "1", "--seed", "4"])
    assert done.exit_code == 0, done.output
    assert "fire_door             3/3 named 3" in done.output
    assert "false alarms per asset-month on healthy equipment: 0.000" in done.output


def test_an_unknown_kind_is_refused() -> None:
    done = CliRunner().invoke(judge, ["--kind", "submarine"])
    assert done.exit_code == 2
    assert "no kind is called submarine" in done.output
