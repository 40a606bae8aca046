"""Fire pump sets: the jockey pump against the network's losses, weekly tests, diesel battery and fuel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.occasions import DAY_S, WEEK_S, repeating, scattered, seeds_of
from device_sim.premises import Premises
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s, World

_ELECTRIC_TEST_S, _ELECTRIC_FOR_S = 10 * 3600.0, 900.0
_DIESEL_TEST_S, _DIESEL_FOR_S = 2 * DAY_S + 10 * 3600.0, 1800.0
_AROUND_S = 120.0
_LEAK_MPA_H = 1.35
_JOCKEY_RUN_S = 40.0
_HEAD = 0.04
_REFUEL_WEEKS = 40


class FirePumpSet(Premises):
    """The network loses pressure evenly; the jockey brings it back to its stop pressure, cycle after cycle.

    Electric pumps are tested on Monday, the diesel on Wednesday morning, against a closed test line.
    """

    order: ClassVar[int] = 40

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._seeds = seeds_of(rng, self.n)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        local = self.local_seconds(times)
        powered = ~self.has(self.fault(severity, "power_loss"))
        network, jockey = self._network(severity, powered)
        self.world.put_all(self.assets, "pressure", network)
        main, diesel, test = self._tests(severity, local, powered)
        running = main | diesel
        rated = self.parameter("main_rated_pressure") + 0.01 * self.character
        suction = np.column_stack([self._suction(asset) for asset in self.assets])
        states = {
            "main_run": main,
            "diesel_run": diesel,
            "test_active": test,
            "auto_mode": ~self.has(self.fault(severity, "left_in_manual")),
            "power_ok": powered,
        }
        points = {
            "pressure": network + self.noise(0.0008),
            "suction_pressure": np.maximum(suction - 0.004 * running + self.noise(0.0003), 0.0),
            "main_pressure": np.where(running, rated, network) + self.noise(0.001),
            "room_temp": self.indoor(16.0, 0.3, 9.0) + self.noise(0.1),
        }
        flags = {name: flag.astype(np.float64) for name, flag in states.items()}
        return (
            points | flags | jockey | self._electric(severity, local) | self._diesel(severity, local, diesel)
        )

    def _suction(self, asset: PlantAsset) -> Float64s:
        """Pressure at the suction from the tank that feeds the set, MPa."""
        heads = [self.world.get(feeder, "head_mpa", np.nan) for feeder in asset.fed_by]
        known = [head for head in heads if not np.isnan(head).any()]
        return known[0] if known else np.full(len(self.world.times), _HEAD)

    def _network(self, severity: Severity, powered: Bools) -> tuple[Float64s, dict[str, Float64s]]:
        """Network pressure (MPa) and the jockey's points."""
        low, high = self.parameter("jockey_start_pressure"), self.parameter("jockey_stop_pressure")
        loss = 0.006 + 0.004 * self.character + _LEAK_MPA_H * self.fault(severity, "network_leak")
        run_s = _JOCKEY_RUN_S * (1.0 + 24.0 * self.fault(severity, "jockey_worn"))
        period = (high - low) / loss * 3600.0 + run_s
        duty = np.where(powered, run_s / period, 0.0)
        on, starts, place = self.cycle("jockey", duty, period)
        falling = np.clip((place - duty) / np.maximum(1.0 - duty, 1e-6), 0.0, 1.0)
        rising = np.minimum(place / np.maximum(duty, 1e-9), 1.0)
        saw = low + (high - low) * np.where(on, rising, 1.0 - falling)
        sag = loss * self.lasting("unpowered", ~powered) / 3600.0
        lasted = run_s + self.full(0.0)
        jockey = {
            "jockey_run": on.astype(np.float64),
            "jockey_starts": self.total("starts", starts, 30000.0),
            "jockey_run_time": self.held("run_s", lasted, on | (starts > 0), lasted[0]),
        }
        burst = self.has(self.fault(severity, "burst_main"))
        return np.where(burst, 0.58 * low, np.maximum(saw - sag, 0.0)), jockey

    def _tests(self, severity: Severity, local: Float64s, powered: Bools) -> tuple[Bools, Bools, Bools]:
        """Whether the electric pump runs, the diesel runs, and a test is announced."""
        electric, _ = repeating(local, WEEK_S, _ELECTRIC_TEST_S - _AROUND_S)
        diesel, _ = repeating(local, WEEK_S, _DIESEL_TEST_S - _AROUND_S)
        announced = (electric < _ELECTRIC_FOR_S + 2 * _AROUND_S) | (diesel < _DIESEL_FOR_S + 2 * _AROUND_S)
        main = (electric >= _AROUND_S) & (electric < _AROUND_S + _ELECTRIC_FOR_S)
        main |= self.has(self.fault(severity, "burst_main"))
        main &= powered & ~self.has(self.fault(severity, "starter_fault"))
        return main, (diesel >= _AROUND_S) & (diesel < _AROUND_S + _DIESEL_FOR_S), announced

    def _electric(self, severity: Severity, local: Float64s) -> dict[str, Float64s]:
        """Results of the last start of the electric pump."""
        since, week = repeating(local, WEEK_S, _ELECTRIC_TEST_S)
        started = since < self.world.step_s
        broken = self.has(self.fault(severity, "starter_fault"))
        took = np.round(12.0 + 6.0 * self.character + 3.0 * scattered(self._seeds, week)[0])
        return {
            "main_start_time": took,
            "start_failed": self.latched("failed", started & broken, ~broken).astype(np.float64),
        }

    def _diesel(self, severity: Severity, local: Float64s, running: Bools) -> dict[str, Float64s]:
        """Battery and fuel of the diesel."""
        since, week = repeating(local, WEEK_S, _DIESEL_TEST_S)
        ageing = self.fault(severity, "battery_ageing")
        cranking = 22.6 + 0.8 * self.character - 6.2 * ageing
        fuel = 97.0 - 0.35 * ((week + np.round(self.character * 30)) % _REFUEL_WEEKS)
        return {
            "diesel_battery": 27.1 + 0.2 * self.character - 2.9 * ageing + 0.4 * running + self.noise(0.02),
            "crank_voltage": self.held("crank", cranking, since < self.world.step_s, cranking[0]),
            "diesel_fuel": fuel - 38.0 * self.fault(severity, "fuel_leak") + self.noise(0.1),
        }


BEHAVIOUR = FirePumpSet
