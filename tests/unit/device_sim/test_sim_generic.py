"""A new kind of equipment needs a YAML file and no code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from config.clock import DAY, HOUR, MINUTE
from config.loading import load_plant
from config.plant import Plant
from config.point_numbers import MemoryNumbers
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario
from device_sim.suites.plants import asset, write_plant

START = 1_736_726_400 * 10**9  # 2025-01-13 00:00 UTC, eight in the morning on site


def _text(words: str) -> dict[str, str]:
    return {"en": words, "zh": words}


def _point(unit: str, **more: object) -> dict[str, object]:
    return {"title": _text("P"), "unit": unit, "plausible": [0, 1000], "interval": "1m"} | more


def _alarm(**condition: object) -> dict[str, object]:
    words = {"cause": _text("c"), "guidance": _text("g"), "consequence": _text("k")}
    return words | condition | {"title": _text("A"), "priority": "low", "source": "test", "mark": "E"}


AQUARIUM = {
    "kind": "aquarium",
    "family": "utility",
    "title": _text("Aquarium"),
    "points": {
        "water_temp": _point("°C", normal=[22, 28], decimals=2),
        "filter_on": _point("", role="state", type="bool"),
        "food": _point("g", role="counter"),
    },
    "alarms": {
        "too_warm": _alarm(point="water_temp", above=28),
        "filter": _alarm(point="filter_on", equals=0),
    },
    "faults": {
        "heater": {
            "title": _text("Heater stuck"),
            "prior": 0.1,
            "symptoms": [
                {
                    "name": "warm",
                    "title": _text("w"),
                    "when": "water_temp > 27",
                    "likelihood": 0.9,
                    "background": 0.1,
                }
            ],
            "first_checks": [_text("look")],
            "consequence": _text("soup"),
        }
    },
    "maintenance": {
        "clean": {
            "title": _text("Clean"),
            "basis": "calendar",
            "every": "30d",
            "skill": "fishkeeper",
            "minutes": 30,
            "source": "test",
            "mark": "E",
            "checklist": [_text("wipe")],
        }
    },
    "simulation": {
        "points": {
            "water_temp": {"level": 25, "daily": 0.8, "noise": 0.05},
            "filter_on": {"level": 1},
            "food": {"level": 6},
        },
        "faults": {
            "hot": {"title": _text("h"), "raises": ["too_warm"], "ramp": "2h", "offset": {"water_temp": 6}},
            "clogged": {"title": _text("c"), "raises": ["filter"], "offset": {"filter_on": -1}},
        },
    },
}


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    write_plant(tmp_path, [asset("tank-1", "aquarium"), asset("tank-2", "aquarium")])
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "aquarium.yaml").write_text(
        json.dumps(AQUARIUM, ensure_ascii=False), encoding="utf-8"
    )
    return load_plant(tmp_path, MemoryNumbers())


def _day(plant: Plant, *faults: PlantedFault) -> dict[str, np.ndarray]:
    times = START + np.arange(DAY // MINUTE, dtype=np.int64) * MINUTE
    return Fleet(plant, scenario=Scenario(faults)).move(times, MINUTE)["aquarium"]


def test_points_stand_at_their_level_and_swing_through_the_day(plant: Plant) -> None:
    moved = _day(plant)
    assert moved["water_temp"].mean() == pytest.approx(25, abs=0.05)
    warmest = int(np.argmax(moved["water_temp"][:, 0])) / 60  # hours after eight
    assert warmest == pytest.approx(7, abs=2)
    assert (moved["filter_on"] == 1).all()
    assert moved["food"][-1, 0] == pytest.approx(6 * 24, rel=0.01)


def test_faults_add_their_offset_as_they_grow(plant: Plant) -> None:
    onset = START + 12 * HOUR
    hot = PlantedFault(onset, "lab/tank-1", "hot", 2 * HOUR)
    moved = _day(plant, hot, PlantedFault(onset, "lab/tank-2", "clogged"))
    added = (moved["water_temp"] - _day(plant)["water_temp"])[:, 0]
    assert abs(added[: 12 * 60]).max() < 1e-9
    assert added[13 * 60] == pytest.approx(3.0, abs=0.01)
    assert added[-1] == pytest.approx(6.0)
    assert moved["filter_on"][12 * 60 :, 1].max() == 0
    assert (moved["filter_on"][:, 0] == 1).all()
