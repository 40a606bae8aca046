"""The price of a new kind of equipment is one YAML file: it is read, simulated, alarmed and shown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from analytics.pipeline import Pipeline
from api.pages import Paging
from api.parts import Parts
from api.rights import Grant, Role, User
from api.services import plant as plant_service
from api.services.plant import AssetFilter
from api.ui.pages.family import draw
from api.ui.visitor import Visitor
from collector.history import slices
from collector.stores.embedded.store import EmbeddedStore
from config.clock import HOUR, MINUTE, ManualClock
from config.database import open_engine, upgrade
from config.loading import load_plant
from config.plant import Plant
from config.point_numbers import MemoryNumbers
from config.settings_model import Settings
from device_sim.fleet import Fleet
from device_sim.scenario import PlantedFault, Scenario

START = 1_767_600_000 * 10**9
_BOTH = {"en": "Words", "zh": "文字"}

ICE_MACHINE = {
    "kind": "ice_machine",
    "family": "canteen",
    "title": {"en": "Ice machine", "zh": "制冰机"},
    "points": {
        "bin_temp": {"title": _BOTH, "unit": "°C", "plausible": [-40, 60], "interval": "1m"},
        "level": {"title": _BOTH, "unit": "%", "plausible": [0, 100], "interval": "1m"},
    },
    "alarms": {
        "bin_warm": {
            "title": _BOTH, "point": "bin_temp", "above": 0, "deadband": 0.5, "on_delay": "10m",
            "priority": "high", "source": "the machine's manual", "mark": "E",
            "cause": _BOTH, "guidance": _BOTH, "consequence": _BOTH,
        }
    },
    "faults": {
        "no_cooling": {
            "title": _BOTH, "prior": 0.01, "first_checks": [_BOTH], "consequence": _BOTH,
            "symptoms": [
                {
                    "name": "warm", "title": _BOTH, "when": "bin_temp > -2",
                    "likelihood": 0.9, "background": 0.01,
                }
            ],
        }
    },
    "maintenance": {
        "descale": {
            "title": _BOTH, "basis": "calendar", "every": "180d", "skill": "refrigeration", "minutes": 45,
            "source": "the machine's manual", "mark": "E", "checklist": [_BOTH],
        }
    },
    "simulation": {
        "points": {"bin_temp": {"level": -8, "noise": 0.2}, "level": {"level": 70, "noise": 1}},
        "faults": {
            "compressor_dead": {"title": _BOTH, "raises": ["bin_warm"], "offset": {"bin_temp": 15}},
            "water_off": {"title": _BOTH, "offset": {"level": -60}},
        },
    },
}  # fmt: skip

FACILITY = {
    "title": _BOTH,
    "sites": {"north": {"title": _BOTH, "latitude": 45.7, "longitude": 126.6}},
}
KITCHEN = {
    "spaces": {"kitchen": {"title": _BOTH, "use": "kitchen"}},
    "assets": [{"id": "ice-1", "kind": "ice_machine", "title": _BOTH, "space": "kitchen"}],
}


def _plant(folder: Path) -> Plant:
    files = {"facility.yaml": FACILITY, "north/kitchen.yaml": KITCHEN, "kinds/ice_machine.yaml": ICE_MACHINE}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
    return load_plant(folder, MemoryNumbers())


def test_it_is_simulated_raises_its_alarm_and_clears(tmp_path: Path) -> None:
    plant = _plant(tmp_path)
    fault = PlantedFault(START + HOUR, "north/ice-1", "compressor_dead", end_ns=START + 2 * HOUR)
    fleet, pipeline = Fleet(plant, 1, Scenario([fault])), Pipeline(plant)
    batch = fleet.advance(np.arange(START, START + 4 * HOUR, MINUTE, dtype=np.int64), MINUTE)
    changes = pipeline.take(list(slices(batch))).changes
    assert [(c.asset, c.rule, c.active) for c in changes if c.rule == "bin_warm"] == [
        ("north/ice-1", "bin_warm", True),
        ("north/ice-1", "bin_warm", False),
    ]


def test_it_stands_in_lists_and_on_pages(tmp_path: Path) -> None:
    plant = _plant(tmp_path / "facility")
    engine = open_engine(f"sqlite:///{tmp_path}/a.db")
    upgrade(engine)
    clock, store = ManualClock(START), EmbeddedStore(tmp_path / "readings")
    settings = Settings(data_dir=tmp_path)
    parts = Parts.build(settings, plant, engine, store, clock)
    user = User(1, "anna", (Grant(Role.VIEWER),))
    kinds = plant_service.kinds(parts, user, Paging()).items
    assert "ice_machine" in {kind.kind for kind in kinds}
    found = plant_service.assets(parts, user, AssetFilter(kind="ice_machine"), Paging()).items
    assert [asset.id for asset in found] == ["north/ice-1"]
    assert "制冰机" in draw(parts, Visitor(user, "zh", None), "canteen", None)
    store.close()
    engine.dispose()
