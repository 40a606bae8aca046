"""A facility of a hundred boilers, each with ten and more measured numbers."""

from __future__ import annotations

from pathlib import Path

import yaml

BOILERS = 100
_FACILITY = {
    "title": {"en": "Boiler park", "zh": "锅炉群"},
    "sites": {"park": {"title": {"en": "Park", "zh": "园区"}, "latitude": 45.75, "longitude": 126.65}},
}


def write_facility(folder: Path) -> None:
    """Write its files."""
    (folder / "park").mkdir(parents=True)
    assets = [
        {
            "id": f"boiler-{n}",
            "kind": "hot_water_boiler",
            "title": {"en": f"Boiler {n}", "zh": f"{n}号锅炉"},
            "space": "house",
        }
        for n in range(BOILERS)
    ]
    spaces = {"house": {"title": {"en": "Boiler house", "zh": "锅炉房"}, "use": "plant_room"}}
    (folder / "facility.yaml").write_text(yaml.safe_dump(_FACILITY, allow_unicode=True))
    plant = {"spaces": spaces, "assets": assets}
    (folder / "park" / "plant.yaml").write_text(yaml.safe_dump(plant, allow_unicode=True))
