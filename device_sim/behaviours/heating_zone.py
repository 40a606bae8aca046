"""Heating zones: air and mass of the building (two nodes), radiators, a valve that follows its setpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Base, Severity
from device_sim.building import Building, Path, Temperatures
from device_sim.heat_network import BOILER, PUMP, upstream
from device_sim.signals import Float64s
from device_sim.world import Int64s, World

_LONGEST_STEP_S = 300.0
_BEFORE_SEASON = 17.5
_CLASSROOM, _DORMITORY, _OFFICE = 0.0, 1.0, 2.0


class HeatingZone(Base):
    """Rooms lose heat through the envelope, gain it from sun, people and radiators, and store it in walls."""

    order = 30
    settable: ClassVar = {"setpoint": (5.0, 28.0)}

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._boilers = [upstream(world.plant, asset.id, BOILER) for asset in assets]
        self._pumps = [upstream(world.plant, asset.id, PUMP) for asset in assets]

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        occupied, setpoint = self._schedule()
        supply = self._supply()
        outdoor, gains = self._surroundings(occupied)
        flow_share = self._flow_share(severity)
        leak = self.fault(severity, "valve_leak")
        path = Path(
            setpoint=setpoint,
            supply=supply,
            outdoor=outdoor,
            gains=gains,
            flow=flow_share,
            leak=0.5 * leak,
            airing=6.0 * self.fault(severity, "open_window"),
            surface=1 - 0.93 * self.fault(severity, "air_locked"),
        )
        rooms, valve, heat, back = self._run(path)
        pumped = np.maximum(valve / 100, path.leak) * flow_share
        self.world.put_all(self.assets, "heat_kw", heat)
        self.world.put_all(self.assets, "open", pumped)
        return {
            "room_temp": self._sensed(rooms, severity),
            "setpoint": setpoint,
            "valve": valve,
            "supply_temp": self.lag("inlet", supply, 600.0) + self.noise(0.08),
            "return_temp": back + self.noise(0.08),
            "occupied": occupied.astype(np.float64),
        }

    def _schedule(self) -> tuple[Float64s, Float64s]:
        """In use or not, and the setpoint, early enough for the room to be warm when people come."""
        used, setpoint = self.full(0.0), self.full(0.0)
        use = self.parameter("use")
        warm, low = self.parameter("occupied_temp"), self.parameter("unoccupied_temp")
        holiday, comfort = self.parameter("holiday_temp"), self.parameter("comfort_temp")
        for column, asset in enumerate(self.assets):
            local, cold = self.world.local(asset.site), self.world.weather(asset.site).day_mean
            days = {_CLASSROOM: local.term & (local.weekday < 6), _DORMITORY: local.term}
            day = days.get(use[column], local.workday)
            start, end = {_CLASSROOM: (7.0, 21.5), _DORMITORY: (0.0, 24.0)}.get(use[column], (8.0, 18.0))
            early = np.clip(2.5 + 0.16 * (10.0 - cold), 1.0, start)
            used[:, column] = day & (local.hour >= start) & (local.hour < end)
            heated = day & (local.hour >= start - early) & (local.hour < end)
            away = low[column] if use[column] == _OFFICE else holiday[column]
            empty = np.where(local.warm, low[column], away)
            wanted = np.where(heated, warm[column], empty)
            season = np.where(local.season, wanted, np.minimum(_BEFORE_SEASON, comfort[column] - 0.5))
            setpoint[:, column] = np.where(local.heating, season, holiday[column])
        return used, np.asarray(self.commanded("setpoint", setpoint))

    def _supply(self) -> Float64s:
        """Water temperature at the zone [T, N]: the header's, cooled down while the plant is not heating."""
        supply = np.empty((len(self.world.times), self.n))
        for column, asset in enumerate(self.assets):
            hot = [self.world.get(boiler, "supply_temp", 72.0) for boiler in self._boilers[column]]
            header = np.max(hot, axis=0) if hot else np.full(len(supply), 72.0)
            supply[:, column] = np.where(self.world.local(asset.site).heating, header - 1.5, 24.0)
        return self.lag("pipe", supply, 1800.0)

    def _flow_share(self, severity: Severity) -> Float64s:
        """How much of its water the zone gets when the valve is open: pumps, air, a stuck valve."""
        share = np.empty((len(self.world.times), self.n))
        for column in range(self.n):
            able = [self.world.get(pump, "able", 1.0) for pump in self._pumps[column]]
            lost = 1.0 - np.mean(able, axis=0) if able else np.zeros(len(share))
            share[:, column] = 1.0 - lost**1.6
        stuck = self.fault(severity, "valve_closed")
        share *= (1 - 0.985 * stuck) * (1 - 0.3 * self.fault(severity, "air_locked"))
        return share

    def _surroundings(self, occupied: Float64s) -> tuple[Float64s, Float64s]:
        """Outdoor temperature, and gains of sun and people in kW [T, N]."""
        weather = [self.world.weather(asset.site) for asset in self.assets]
        sun = np.column_stack([w.solar for w in weather])
        outdoor = np.column_stack([w.temp for w in weather])
        return outdoor, self.parameter("area") * (0.000025 * sun + 0.004 * occupied + 0.001)

    def _run(self, path: Path) -> tuple[Float64s, Float64s, Float64s, Float64s]:
        """Step through time: room, valve %, heat kW and return temperature [T, N]."""
        size = (len(self.world.times), self.n)
        rooms, valves, heats, backs = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
        building = self._building()
        splits = max(1, int(np.ceil(self.world.step_s / _LONGEST_STEP_S)))
        hours = self.world.step_s / splits / 3600.0
        now, heat, back = self._begin(path)
        for row in range(size[0]):
            valve = heat
            for _ in range(splits):
                valve = np.clip(0.25 + 0.65 * (path.setpoint[row] - now.room), 0.0, 1.0)
                target, cooled = building.radiator(path, row, valve, now.room)
                heat = heat + (target - heat) * (1 - np.exp(-hours / 0.35))
                back = back + (cooled - back) * (1 - np.exp(-hours / 0.25))
                now = building.step(path, row, now, heat, hours)
            rooms[row], valves[row], heats[row], backs[row] = now.room, 100 * valve, heat, back
        self.state |= {"room": now.room, "mass": now.mass, "heat": heat, "back": back}
        return rooms, valves, heats, backs

    def _begin(self, path: Path) -> tuple[Temperatures, Float64s, Float64s]:
        if "room" not in self.state:
            start = np.maximum(path.setpoint[0], path.outdoor[0] + 3.0)
            self.state |= {"room": start, "mass": start - 0.5, "heat": self.full(0.0)[0], "back": start + 5.0}
        return Temperatures(self.state["room"], self.state["mass"]), self.state["heat"], self.state["back"]

    def _building(self) -> Building:
        design = np.array([self.world.climate(a.site).design_temp() for a in self.assets])
        return Building(self.parameter("design_heat"), design)

    def _sensed(self, rooms: Float64s, severity: Severity) -> Float64s:
        sensed = self.hold("sensed", rooms + self.noise(0.05), self.broken(severity, "sensor_stuck"))
        return np.where(self.broken(severity, "sensor_broken"), -40.0, sensed)


BEHAVIOUR = HeatingZone
