"""The facility of the winter plant: forty zones, three boilers, a gas meter, a power meter, the weather."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

SITE = "campus"
ZONES, BOILERS = 40, 3
BOILER_KW = 900.0
CLASSROOM, DORMITORY, OFFICE = 0, 1, 2
HEATING_VALUE = 9.97


def zone_sizes() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Area m², design heat kW and use of each zone."""
    at = np.arange(ZONES)
    use = np.where(at < 24, CLASSROOM, np.where(at < 34, OFFICE, DORMITORY))
    area = 600.0 + 60.0 * (at % 7)
    return area, area * (0.040 + 0.003 * (at % 4)), use


def write_facility(folder: Path) -> None:
    """Write the facility's files (JSON is YAML too) into a folder."""
    place = {"title": {"en": "Campus", "zh": "校园"}, "latitude": 45.75, "longitude": 126.65}
    term = {"title": {"en": "Winter term", "zh": "冬季学期"}, "from": "2025-09-01", "to": "2026-07-10"}
    calendar = {"country": "CN", "heating_season": ["10-20", "04-20"], "terms": [term]}
    top = {"title": {"en": "Campus", "zh": "校园"}, "sites": {SITE: place}, "calendar": calendar}
    rooms = {"spaces": {"room": {"title": {"en": "Room", "zh": "房间"}, "use": "plant_room"}}}
    (folder / SITE).mkdir(parents=True, exist_ok=True)
    _write(folder / "facility.yaml", top)
    _write(folder / SITE / "plant.yaml", {**rooms, "assets": _assets()})


def _assets() -> list[dict[str, Any]]:
    boilers = [f"boiler-{n + 1}" for n in range(BOILERS)]
    area, heat, use = zone_sizes()
    found = [
        _asset("weather", "weather_station"),
        _asset("gas-meter", "gas_meter", heating_value=HEATING_VALUE),
        _asset("power-meter", "power_meter"),
    ]
    found += [
        _asset(b, "hot_water_boiler", "gas-meter", rated_power=BOILER_KW, condensing=1, min_modulation=25)
        for b in boilers
    ]
    for n in range(ZONES):
        sizes = {"area": float(area[n]), "design_heat": float(heat[n]), "use": int(use[n])}
        found.append(_asset(f"zone-{n + 1:02}", "heating_zone", *boilers, **sizes))
    return found


def _asset(identifier: str, kind: str, *fed_by: str, **parameters: float) -> dict[str, Any]:
    return {
        "id": identifier,
        "kind": kind,
        "title": {"en": identifier, "zh": identifier},
        "space": "room",
        "fed_by": [f"{SITE}/{feeder}" for feeder in fed_by],
        "parameters": parameters,
    }


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
