"""A campus in winter as a process: JSON lines in, JSON lines out, one line per five minutes.

    python -m device_sim.plants.winter --seed 1
    python -m device_sim.plants.winter --write-facility FOLDER

Its first line names its points; then each line `{"time": …, "set": {point: value}}` is answered with
`{"time": …, "values": {point: value}}` five minutes later. It ends when its input ends.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from device_sim.plants.winter_boilers import WinterBoilers
from device_sim.plants.winter_facility import (
    BOILER_KW,
    BOILERS,
    DORMITORY,
    HEATING_VALUE,
    OFFICE,
    SITE,
    ZONES,
    write_facility,
    zone_sizes,
)
from device_sim.plants.winter_weather import winter_weather
from device_sim.plants.winter_zones import Air, WinterZones
from device_sim.signals import Float64s

STEP_S, SUBSTEPS = 300, 3
START = dt.datetime(2025, 11, 23, 16, tzinfo=dt.UTC)
LONGEST_STEPS = 400 * 288
_LOCAL_HOURS = 8.0
_PIPE_LOSS = 1.3
_PIPE_SURROUNDINGS = 6.0
_ZONE_RANGE, _BOILER_RANGE = (5.0, 28.0), (20.0, 95.0)


class WinterPlant:
    """Zones, boilers and the pipes between them; everything random comes from the seed."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 0x57494E])
        area, heat, self._use = zone_sizes()
        self._south = np.arange(ZONES) % 2 == 0
        self._attendance = rng.uniform(0.5, 1.0, (ZONES, 400))
        self._weather = winter_weather(rng, START.timetuple().tm_yday + 1, 0.0, LONGEST_STEPS)
        self._noise = rng
        self._zones, self._boilers = WinterZones(rng, area, heat), WinterBoilers(np.full(BOILERS, BOILER_KW))
        self._zone_set, self._boiler_set = np.full(ZONES, 18.0), np.full(BOILERS, 60.0)
        self._pipe, self._back, self._pump_kwh, self._row = 45.0, 35.0, 0.0, 0

    def points(self) -> dict[str, dict[str, Any]]:
        """Every point of the plant: its unit, and whether it can be written."""
        found = {point: {"unit": "", "settable": False} for point in self.values()}
        found |= {f"{SITE}/zone-{n + 1:02}/setpoint": {"unit": "°C", "settable": True} for n in range(ZONES)}
        boilers = {f"{SITE}/boiler-{n + 1}/supply_setpoint" for n in range(BOILERS)}
        return found | {point: {"unit": "°C", "settable": True} for point in boilers}

    def write(self, point: str, value: float) -> None:
        """Take a setpoint. Raises KeyError or ValueError for what cannot be written."""
        _, asset, name = point.split("/")
        kind, _, number = asset.partition("-")
        targets = {"zone": (self._zone_set, "setpoint", _ZONE_RANGE)}
        targets["boiler"] = (self._boiler_set, "supply_setpoint", _BOILER_RANGE)
        setpoints, wanted, (low, high) = targets[kind]
        if name != wanted or not np.isfinite(value):
            raise ValueError(f"{point} cannot be set to {value}")
        setpoints[int(number) - 1] = np.clip(value, low, high)

    def advance(self) -> None:
        """Five minutes in a few substeps."""
        around = self._around()
        for _ in range(SUBSTEPS):
            seconds = STEP_S / SUBSTEPS
            header = self._boilers.supply(self._boiler_set)
            self._pipe += (header - self._pipe) * seconds / 240.0
            taken = float(np.sum(self._zones.step(seconds, self._zone_set, self._pipe, around)))
            flow = max(self._zones.flow(), 0.02 * float(np.sum(self._zones.water_flow)))
            self._back += (
                (np.clip(self._pipe - taken / flow, 10.0, self._pipe) - self._back) * seconds / 300.0
            )
            lost = _PIPE_LOSS * ((self._pipe + self._back) / 2 - _PIPE_SURROUNDINGS)
            self._boilers.step(seconds, self._boiler_set, taken + lost)
            share = flow / float(np.sum(self._zones.water_flow))
            self._pump_kwh += (1.2 + 6.0 * share**1.5) * seconds / 3600.0
        self._row += 1

    def values(self) -> dict[str, float]:
        """What the plant's sensors and meters show."""
        noisy = self._zones.air + self._noise.normal(0, 0.04, ZONES)
        boilers, weather = self._boilers, self._weather
        found = {f"{SITE}/weather/outdoor_temp": round(float(weather.outdoor[self._row]), 2)}
        found[f"{SITE}/gas-meter/volume"] = round(boilers.gas_kwh / HEATING_VALUE, 3)
        found[f"{SITE}/power-meter/energy"] = round(boilers.fan_kwh + self._pump_kwh, 3)
        for n in range(BOILERS):
            prefix = f"{SITE}/boiler-{n + 1}/"
            found[prefix + "supply_temp"] = round(float(boilers.temp[n]), 2)
            found[prefix + "return_temp"] = round(boilers.back, 2)
            found[prefix + "modulation"] = round(100 * float(boilers.modulation[n]), 1)
            found[prefix + "burner_run"] = float(boilers.burning[n])
            found[prefix + "burner_starts"] = float(boilers.starts[n])
        valves = self._zones.valve
        for n in range(ZONES):
            found[f"{SITE}/zone-{n + 1:02}/room_temp"] = round(float(noisy[n]), 2)
            found[f"{SITE}/zone-{n + 1:02}/valve"] = round(100 * float(valves[n]), 1)
        return found

    def _around(self) -> Air:
        weather, row = self._weather, self._row
        day, hour = divmod(row / 12.0, 24.0)
        sun = np.where(self._south, weather.south[row], weather.north[row])
        return Air(float(weather.outdoor[row]), float(weather.wind[row]), sun, self._people(int(day), hour))

    def _people(self, day: int, hour: float) -> Float64s:
        """Monday is day 0; people come as they like, whatever the schedule says."""
        weekday = day % 7 < 5
        present = np.where(self._use == OFFICE, weekday and 8.2 < hour < 17.8, weekday and 7.6 < hour < 21.2)
        present = np.where(self._use == DORMITORY, hour < 7.6 or hour > 17.0, present)
        return np.asarray(present * self._attendance[:, day % 400])


def main() -> None:
    """Speak the protocol on standard input and output."""
    asked = argparse.ArgumentParser(description="A campus in winter, one JSON line per five minutes.")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--write-facility", type=Path, help="write the facility's files here and end")
    options = asked.parse_args()
    if options.write_facility:
        write_facility(options.write_facility)
        return
    plant, moment = WinterPlant(options.seed), START
    _say({"plant": 1, "start": _text(moment), "step_s": STEP_S, "points": plant.points()})
    for line in sys.stdin:
        for point, value in json.loads(line)["set"].items():
            plant.write(point, float(value))
        plant.advance()
        moment += dt.timedelta(seconds=STEP_S)
        _say({"time": _text(moment), "values": plant.values()})


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _text(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    main()
