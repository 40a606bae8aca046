"""Hot-water boilers: sequencing, burner cycling by the water's heat balance, flue gas, fouling."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import numpy as np

from config.clock import DAY
from device_sim.behaviours.base import Base, Severity
from device_sim.heat_network import HeatGroup, heat_groups
from device_sim.signals import Bools, Float64s
from device_sim.world import Int64s

_WATER = 1.163  # kWh per m³ and K
_HYSTERESIS_K = 7.0
_IDLE_TEMP = 60.0


class HotWaterBoiler(Base):
    """Boilers of one header share its load: as many run as are needed, the leader changes every week."""

    order = 60
    settable: ClassVar = {"supply_setpoint": (40.0, 95.0)}

    def prepare(self, times: Int64s, severity: Severity) -> None:
        """Tell which boilers can run and how hot the water of their header is."""
        locked = self.broken(severity, "ignition") | self.broken(severity, "water_lost")
        gas = np.column_stack([self.world.get(a.site, "gas_shut", 0.0) for a in self.assets])
        self._locked = locked
        self._available = ~locked & (gas < 0.5)
        self._setpoint = np.broadcast_to(self.commanded("supply_setpoint", self._compensated()), locked.shape)
        self._limit = self.parameter("rated_power") * (1 - 0.15 * self.fault(severity, "gas_supply"))
        for group in self._groups:
            self._deliver(group)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        heat = self._share_load(times)
        running = heat > 0.0
        power, burning, modulation, saw = self._burn(heat, severity)
        flow = running * self.parameter("design_flow") * (1 - 0.55 * self.fault(severity, "strainer_clogged"))
        base = self.lag("water", np.where(running, self._setpoint - self._shortfall(), _IDLE_TEMP), 600.0)
        supply = base + saw * running
        delta = np.where(running, heat / (_WATER * np.maximum(flow, 1.0)), 0.5)
        flue = self._flue_gas(severity, modulation, burning, supply)
        efficiency = self._efficiency(flue["flue_temp"], flue["flue_o2"])
        gas_kw = power * burning / efficiency
        self.world.put_all(self.assets, "gas_kw", gas_kw)
        self.world.put_all(self.assets, "heat_kw", heat)
        self.world.put_all(self.assets, "electric_kw", 0.6 + burning * 0.004 * power)
        points = {
            "supply_temp": supply - 6.0 * self.fault(severity, "supply_sensor") + self.noise(0.05),
            "return_temp": supply - delta + self.noise(0.05),
            "flow": np.maximum(flow + running * self.noise(0.1), 0.0),
            "pressure": self._pressure() + self.noise(0.004),
            "boiler_dp": np.maximum(
                self._water_resistance(flow, severity) + running * self.noise(0.001), 0.0
            ),
            "gas_pressure": 20.0 * (1 - 0.24 * self.fault(severity, "gas_supply")) + self.noise(0.08),
            "gas_flow": gas_kw / self.parameter("heating_value"),
            "modulation": modulation * burning,
            "burner_run": burning.astype(np.float64),
            "lockout": self._locked.astype(np.float64),
            "low_water": self.broken(severity, "water_lost").astype(np.float64),
            "high_limit": self.full(0.0),
            "supply_setpoint": self._setpoint,
            "run_hours": self.total("hours", np.where(burning, self.world.step_s / 3600.0, 0.0), 6000.0),
            "burner_starts": self.total("starts", self._starts, 21000.0),
            "air_temp": self._air_temp() + self.noise(0.1),
        }
        return points | flue

    @cached_property
    def _groups(self) -> list[tuple[Int64s, HeatGroup]]:
        rows = {asset.id: row for row, asset in enumerate(self.assets)}
        return [(np.array([rows[b] for b in g.boilers]), g) for g in heat_groups(self.world.plant)]

    def _compensated(self) -> Float64s:
        """Supply setpoint [T, N] by outdoor temperature; the minimum outside the heating season."""
        low, high = self.parameter("supply_minimum"), self.parameter("supply_at_design")
        coldness = np.empty((len(self.world.times), self.n))
        for column, asset in enumerate(self.assets):
            design = self.world.climate(asset.site).design_temp()
            outdoor = self.world.weather(asset.site).day_mean
            share = np.clip((18.0 - outdoor) / (18.0 - design), 0.0, 1.0)
            coldness[:, column] = share * self.world.local(asset.site).heating
        return low + (high - low) * coldness

    def _deliver(self, rows_and_group: tuple[Int64s, HeatGroup]) -> None:
        """Header temperature: the setpoint as long as the boilers left can carry the load."""
        rows, group = rows_and_group
        capacity = (self._limit * self._available)[:, rows].sum(axis=1)
        load = max(self.world.before(group.boilers[0], "group_load", 0.0), 1.0)
        carried = np.clip(capacity / load, 0.0, 1.0)
        target = 22.0 + (self._setpoint[:, rows].max(axis=1) - 22.0) * carried
        delivered = self.lag(f"header_{group.boilers[0]}", target[:, np.newaxis], 2400.0)[:, 0]
        for boiler in group.boilers:
            self.world.put(boiler, "supply_temp", delivered)

    def _shortfall(self) -> Float64s:
        delivered = self.columns("supply_temp", 70.0)
        return np.maximum(self._setpoint - delivered, 0.0)

    def _share_load(self, times: Int64s) -> Float64s:
        """Heat [T, N] that every boiler gives to the water, kW."""
        heat = np.zeros((len(times), self.n))
        for rows, group in self._groups:
            load = self._load(rows, group)
            self.world.put(group.boilers[0], "group_load", load)
            turned = np.roll(rows, -int(times[0] // (7 * DAY)) % len(rows))
            capacity = (self._limit * self._available)[:, turned]
            before = np.cumsum(capacity, axis=1) - capacity
            smooth = self.lag(f"stage_{group.boilers[0]}", load[:, np.newaxis], 5400.0)
            needed = (0.85 * before < smooth) & (capacity > 0)
            chosen = np.where(needed, capacity, 0.0)
            share = load[:, np.newaxis] * chosen / np.maximum(chosen.sum(axis=1, keepdims=True), 1.0)
            heat[:, turned] = np.minimum(share, capacity)
        return heat

    def _load(self, rows: Int64s, group: HeatGroup) -> Float64s:
        """Zones, hot tap water of the kitchens and showers, and losses of the pipes, kW [T]."""
        site = self.assets[int(rows[0])].site
        rated = float(self.parameter("rated_power")[rows].sum())
        local, weather = self.world.local(site), self.world.weather(site)
        if group.zones:
            zones = np.sum([self.world.get(z, "heat_kw", 0.0) for z in group.zones], axis=0)
        else:
            design = self.world.climate(site).design_temp()
            zones = 0.7 * rated * local.heating * np.clip((19.0 - weather.temp) / (19.0 - design), 0.0, 1.2)
        tap = 0.03 + 0.035 * np.exp(-(((local.hour - 7.0) / 1.5) ** 2))
        tap += 0.05 * np.exp(-(((local.hour - 20.0) / 2.5) ** 2))
        load: Float64s = zones + rated * (tap + 0.012)
        return load

    def _burn(self, heat: Float64s, severity: Severity) -> tuple[Float64s, Bools, Float64s, Float64s]:
        """Burner power kW, burning or not, modulation %, and the swing of the water temperature K [T, N].

        Below its lowest stage the burner cycles; the period follows from the water content and the switching
        difference: heating up with (lowest - load), cooling down with the load.
        """
        rated = self.parameter("rated_power")
        broken = self.fault(severity, "cycling_control")
        lowest = rated * (self.parameter("min_modulation") / 100 * (1 - broken) + broken)
        swing = _HYSTERESIS_K * (1 - 0.86 * broken)
        capacity = _WATER * self.parameter("water_volume") * swing
        duty = np.where(heat > 0, np.clip(heat / lowest, 0.0, 1.0), 0.0)
        gap = np.maximum(lowest - heat, 0.01 * lowest)
        period = 3600 * capacity * (1 / gap + 1 / np.maximum(heat, 1.0))
        burning, self._starts, place = self.cycle("burner", duty, np.maximum(period, 180.0))
        heating_up = np.minimum(place / np.maximum(duty, 1e-6), 1.0) - 0.5
        cooling = 0.5 - np.clip((place - duty) / np.maximum(1 - duty, 1e-6), 0.0, 1.0)
        cycles = (duty > 0) & (duty < 1)
        saw = np.where(cycles, swing * np.where(burning, heating_up, cooling), 0.0)
        power = np.maximum(heat, lowest)
        modulation = 100 * power / rated + self._hunting(severity) + burning * self.noise(0.2)
        return power, burning, np.clip(modulation, self.parameter("min_modulation"), 100.0), saw

    def _hunting(self, severity: Severity) -> Float64s:
        turn = 2 * np.pi * (self.world.times % (11 * 60 * 10**9)) / (11 * 60e9)
        swing: Float64s = 40.0 * np.sin(turn)[:, np.newaxis] * self.fault(severity, "hunting")
        return swing

    def _flue_gas(
        self, severity: Severity, modulation: Float64s, burning: Bools, supply: Float64s
    ) -> dict[str, Float64s]:
        """Flue gas as the burner's firing rate, its air and the state of the heat surfaces make it."""
        fire = modulation / 100
        scale, soot = self.fault(severity, "scale"), self.fault(severity, "soot")
        excess, short = self.fault(severity, "excess_air"), self.fault(severity, "air_shortage")
        low, full = self.parameter("clean_flue_low"), self.parameter("clean_flue_full")
        hot = low + (full - low) * fire + 0.3 * (supply - 78.0) - 3.0
        hot += (75 * scale + 65 * soot) * (0.65 + 0.35 * fire) + 14 * excess - 4 * short
        oxygen = self.parameter("clean_o2") + 0.7 * (0.6 - fire) + 4.6 * excess - 3.4 * short - 0.5 * soot
        carbon = 18 + 190 * soot**2 + 750 * np.clip(short - 0.35, 0.0, 1.0) / 0.65
        draught = (60 + 170 * fire**1.6) * (1 + 0.9 * soot)
        temp = self.lag("flue", np.where(burning, hot, supply - 12.0), 360.0)
        return {
            "flue_temp": temp + self.noise(0.4),
            "flue_o2": np.where(burning, np.maximum(oxygen, 0.3), 20.9) + self.noise(0.06),
            "flue_co": np.where(burning, np.maximum(carbon + self.noise(2.0), 0.0), 0.0),
            "draught_loss": np.where(burning, draught + self.noise(2.0), 4.0),
        }

    def _efficiency(self, flue_temp: Float64s, oxygen: Float64s) -> Float64s:
        """Share of the fuel that reaches the water: Siegert flue loss and 1 % through the casing."""
        factor = self.parameter("siegert_a2") / (21 - np.minimum(oxygen, 18.0)) + self.parameter("siegert_b")
        loss = (flue_temp - self._air_temp()) * factor
        share: Float64s = np.clip(0.99 - loss / 100, 0.5, 0.99)
        return share

    def _air_temp(self) -> Float64s:
        outdoor = np.column_stack([self.world.weather(a.site).day_mean for a in self.assets])
        return 21.0 + 0.25 * (outdoor - 5.0)

    def _water_resistance(self, flow: Float64s, severity: Severity) -> Float64s:
        share = flow / self.parameter("design_flow")
        clogged = 1 + 2.0 * self.fault(severity, "strainer_clogged")
        scaled: Float64s = 0.38 * share**2 * clogged * (1 + 0.35 * self.fault(severity, "scale"))
        return scaled

    def _pressure(self) -> Float64s:
        return np.column_stack([self.world.get(a.site, "system_pressure", 2.4) for a in self.assets])


BEHAVIOUR = HotWaterBoiler
