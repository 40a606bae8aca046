"""A plant in its own process: played to the end, and every way it can fail told in words."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from analytics.heating import cli
from analytics.heating.control.baselines import FixedSchedule
from analytics.heating.winter.compare import control, fixed, search_fixed
from analytics.heating.winter.errors import PlantError
from analytics.heating.winter.season import Arena, MakeController, Outcome
from analytics.heating.winter.site import WinterSite, find_site
from analytics.heating.winter.wire import PlantProcess
from config.loading import load_plant
from config.point_numbers import MemoryNumbers

HEAD = {"plant": 1, "start": "2025-12-01T00:00:00Z", "step_s": 300, "points": {}}
GREETING = f"import json,sys; print(json.dumps({HEAD!r}), flush=True); line = sys.stdin.readline(); "


def _python(body: str) -> str:
    return shlex.join([sys.executable, "-c", body])


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Arena:
    folder = tmp_path_factory.mktemp("campus")
    command = cli.shipped_plant(folder)
    return Arena(command, load_plant(folder, MemoryNumbers()))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (GREETING + "sys.exit('no fuel')", "ended with 1 .*no fuel"),
        (GREETING + "sys.stdin.read()", "stalled"),
        (GREETING + "print('hot'); sys.stdout.flush(); sys.stdin.read()", "no JSON"),
        (GREETING + "print('{}', flush=True); sys.stdin.read()", "nonsense"),
        (
            GREETING + "print(json.dumps({'time': '2025-12-01T01:00:00Z', 'values': {}}), flush=True)",
            "time should",
        ),
        (
            GREETING
            + "print(json.dumps({'time': '2025-12-01T00:05:00Z', 'values': {'a': 'x'}}), flush=True)",
            "no number",
        ),
    ],
)
def test_a_plant_that_fails_is_named(body: str, words: str) -> None:
    with PlantProcess(_python(body), 1, answer_s=1.5) as plant, pytest.raises(PlantError, match=words):
        plant.step({})


@pytest.mark.parametrize(
    "body",
    [
        "print('[]')",
        "print('{\"plant\": 2}')",
        "raise SystemExit(3)",
        'print(\'{"plant": 1, "step_s": 60}\')',
    ],
)
def test_a_first_line_that_is_wrong_ends_the_run(body: str) -> None:
    with pytest.raises(PlantError):
        PlantProcess(_python(body), 1, answer_s=5)


def test_a_command_that_does_not_exist_is_named() -> None:
    with pytest.raises(PlantError, match="cannot be started"):
        PlantProcess("no-such-plant", 1)


def test_a_plant_without_zones_is_refused(arena: Arena) -> None:
    with pytest.raises(PlantError, match="settable `setpoint`"):
        find_site(arena.plant, {"campus/gas-meter/volume": False})


def test_the_same_seed_gives_the_same_winter_and_the_plan_starts_burners_less(arena: Arena) -> None:
    ours, theirs = arena.play(control, 1, 3), arena.play(fixed, 1, 3)
    assert arena.play(fixed, 1, 3).told() == theirs.told()
    assert ours.burner_starts <= theirs.burner_starts
    assert ours.min_zone_c > 5.0
    assert ours.max_zone_c < 24.0
    assert theirs.occupied_hours == ours.occupied_hours > 0


class Judged(Arena):
    """Answers by slope alone: flat curves burn less and leave rooms cold."""

    def play(self, make: MakeController, days: int, seed: int) -> Outcome:
        schedule = make(WinterSite((), (), (), (), ()))
        assert isinstance(schedule, FixedSchedule)
        slope = schedule.curve.slope
        return Outcome(slope, 0.0, 99.0 if slope >= 0.95 else 90.0, 0.0, 16.0, 20.0, 100.0, 1.0)


def test_the_search_prefers_comfort_before_gas(arena: Arena) -> None:
    told: list[str] = []
    best = search_fixed(Judged(arena.command, arena.plant), 1, 1, told.append)
    assert best.curve.slope == 0.95
    assert len(told) == 12


def test_the_command_prints_all_four(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = Outcome(900.0, 20.0, 95.0, 7.0, 16.0, 21.0, 100.0, 0.9)
    names = ("control", "fixed", "best_fixed", "setback")
    monkeypatch.setattr(cli, "compare", lambda *_: dict.fromkeys(names, outcome))
    printed = CliRunner().invoke(cli.winter, ["--days", "1", "--json"])
    figures = json.loads(printed.stdout)
    assert tuple(figures) == names
    keys = {"gas_kwh", "electricity_kwh", "comfort_hours", "burner_starts", "min_zone_c", "max_zone_c"}
    assert set(figures["control"]) == keys
    assert all(np.isfinite(value) for value in figures["control"].values())
    assert "setback" in CliRunner().invoke(cli.winter, ["--days", "1"]).stdout


def test_plant_and_facility_belong_together(tmp_path: Path) -> None:
    refused = CliRunner().invoke(cli.winter, ["--plant", "anything"])
    assert refused.exit_code == 2
    assert "together" in refused.output
