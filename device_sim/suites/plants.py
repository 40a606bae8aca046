"""Small plants made on the spot, for tests, benches and load."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from config.loading import load_plant
from config.plant import Plant
from config.point_numbers import MemoryNumbers

SITE = "lab"
_ASSETS_A_FILE = 2000


def asset(identifier: str, kind: str, *fed_by: str, **parameters: float) -> dict[str, Any]:
    """The entry of one asset of the site `lab`; `fed_by` without the site."""
    return {
        "id": identifier,
        "kind": kind,
        "title": {"en": identifier, "zh": identifier},
        "space": "room",
        "fed_by": [f"{SITE}/{feeder}" for feeder in fed_by],
        "parameters": parameters,
    }


def write_plant(folder: Path, assets: Sequence[dict[str, Any]], latitude: float = 41.8) -> None:
    """A facility folder with one site that holds these assets (JSON is YAML too)."""
    site = {"title": {"en": "Lab", "zh": "试验站"}, "latitude": latitude, "longitude": 123.4}
    top = {"title": {"en": "Lab", "zh": "试验站"}, "sites": {SITE: site}}
    top["calendar"] = {"heating_season": ["10-25", "04-10"]}
    (folder / SITE).mkdir(parents=True, exist_ok=True)
    _write(folder / "facility.yaml", top)
    room = {"title": {"en": "Room", "zh": "房间"}, "use": "plant_room"}
    _write(folder / SITE / "spaces.yaml", {"spaces": {"room": room}})
    for first in range(0, len(assets), _ASSETS_A_FILE):
        part = list(assets[first : first + _ASSETS_A_FILE])
        _write(folder / SITE / f"assets-{first:06d}.yaml", {"assets": part})


def _write(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def make_plant(assets: Sequence[dict[str, Any]], latitude: float = 41.8) -> Plant:
    """A plant of these assets with points numbered in memory. Raises ConfigurationErrors."""
    with tempfile.TemporaryDirectory() as folder:
        write_plant(Path(folder), assets, latitude)
        return load_plant(Path(folder), MemoryNumbers())
