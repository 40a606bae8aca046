"""Which points of a plant are zones, boilers, meters and weather, found by the facility's kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.heating.winter.errors import PlantError
from collector.reading import Float64s
from config.plant import Plant, PlantAsset

ZONE, BOILER, GAS, POWER, WEATHER = (
    "heating_zone",
    "hot_water_boiler",
    "gas_meter",
    "power_meter",
    "weather_station",
)
_ROOM, _ZONE_SET, _SUPPLY_SET = "room_temp", "setpoint", "supply_setpoint"


@dataclass(frozen=True)
class WinterSite:
    """The assets of a run, in the order of the arrays that controllers see."""

    zones: tuple[PlantAsset, ...]
    boilers: tuple[PlantAsset, ...]
    gas: tuple[PlantAsset, ...]
    power: tuple[PlantAsset, ...]
    weather: tuple[PlantAsset, ...]

    @property
    def time_zone_site(self) -> str:
        """The site whose clock the schedules follow."""
        return self.zones[0].site

    def rooms(self, values: Mapping[str, float]) -> Float64s:
        """Room temperatures °C [N]."""
        return _read(self.zones, _ROOM, values)

    def boiler(self, name: str, values: Mapping[str, float]) -> Float64s:
        """A point of every boiler [B]."""
        return _read(self.boilers, name, values)

    def outdoor(self, values: Mapping[str, float]) -> float:
        """Outdoor temperature °C: the mean of the stations that tell it, NaN if none does."""
        told = _read(self.weather, "outdoor_temp", values)
        return float(np.mean(told[np.isfinite(told)])) if np.isfinite(told).any() else float("nan")

    def gas_kwh(self, values: Mapping[str, float]) -> float:
        """Gas metered so far, by the meters' heating value."""
        heating = np.array([asset.parameters["heating_value"] for asset in self.gas])
        return float(np.nansum(_read(self.gas, "volume", values) * heating))

    def electricity_kwh(self, values: Mapping[str, float]) -> float:
        """Electricity metered so far."""
        return float(np.nansum(_read(self.power, "energy", values)))

    def commands(self, zones: Float64s, boilers: Float64s) -> dict[str, float]:
        """The points and values to write."""
        found = {f"{a.id}/{_ZONE_SET}": round(float(v), 2) for a, v in zip(self.zones, zones, strict=True)}
        return found | {
            f"{a.id}/{_SUPPLY_SET}": round(float(v), 2) for a, v in zip(self.boilers, boilers, strict=True)
        }


def find_site(plant: Plant, points: Mapping[str, bool]) -> WinterSite:
    """The assets that the plant names. Raises PlantError where it has no zone, boiler or gas to work with."""

    def having(kind: str, name: str, *, settable: bool = False) -> tuple[PlantAsset, ...]:
        ids = {point for point, written in points.items() if written or not settable}
        return tuple(asset for asset in plant.of_kind(kind) if f"{asset.id}/{name}" in ids)

    site = WinterSite(
        having(ZONE, _ZONE_SET, settable=True),
        having(BOILER, _SUPPLY_SET, settable=True),
        having(GAS, "volume"),
        having(POWER, "energy"),
        having(WEATHER, "outdoor_temp"),
    )
    for found, words in (
        (site.zones, f"a settable `{_ZONE_SET}` of a {ZONE}"),
        (site.boilers, f"a settable `{_SUPPLY_SET}` of a {BOILER}"),
        (site.gas, f"the `volume` of a {GAS}"),
    ):
        if not found:
            raise PlantError(f"the plant must name {words} of the facility, as site/asset/point")
    return site


def _read(assets: tuple[PlantAsset, ...], name: str, values: Mapping[str, float]) -> Float64s:
    return np.array([values.get(f"{asset.id}/{name}", np.nan) for asset in assets], dtype=np.float64)
