"""Pressurisation units: water content, thermal expansion, gas vessel, leaks and make-up."""

from __future__ import annotations

import numpy as np

from device_sim.behaviours.base import Base, Severity
from device_sim.heat_network import BOILER
from device_sim.signals import Float64s
from device_sim.world import Int64s

_COLD = 35.0
_USUAL_LOSS = 0.0002
_BAND_BAR = 0.1
_EMPTY = 0.35
"""Water (m³) below an empty vessel at which no pressure is left."""


class PressurisationUnit(Base):
    """The vessel's gas is squeezed by the water in it (isothermal); make-up keeps what the cold
    system needs, whatever its temperature."""

    order = 20

    def prepare(self, times: Int64s, severity: Severity) -> None:
        """Water content step by step, and the pressure that follows; boilers of the site feel it."""
        hours = self.world.step_s / 3600.0
        loss = self._loss(severity) * hours
        expansion = self._expansion()
        charge = self._charge(severity)
        size = loss.shape
        self._pressure, self._makeup, self._starts = np.empty(size), np.empty(size), np.empty(size)
        content = self.state.setdefault("content", self._water_at(self._fill + 0.5 * _BAND_BAR, charge[0]))
        on = self.state.setdefault("filling", np.zeros(self.n))
        wanted_from = self._water_at(self._fill, charge)
        wanted_to = self._water_at(self._fill + _BAND_BAR, charge)
        most = self.parameter("makeup_rate") / 1000.0 * hours
        for row in range(size[0]):
            left = content - loss[row]
            starting = (on < 0.5) & (left < wanted_from[row])
            wanted = wanted_to[row] - left
            filling = np.where((on > 0.5) | starting, np.clip(wanted, 0.0, most), 0.0)
            content = np.maximum(left + filling, -_EMPTY - expansion[row])
            self._pressure[row] = self._pressure_of(content + expansion[row], charge[row])
            self._makeup[row], self._starts[row] = filling, starting
            on = ((on > 0.5) | starting) & (wanted > most)
        self.state |= {"content": content, "filling": on.astype(np.float64)}
        for column, asset in enumerate(self.assets):
            self.world.put(asset.site, "system_pressure", self._pressure[:, column])
            self.world.put(asset.id, "makeup", self._makeup[:, column] / hours)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        hours = self.world.step_s / 3600.0
        flow = self._makeup / hours * 1000.0
        level = 78.0 + 6.0 * np.sin(self.total("float", self._makeup) * 20.0)
        dry = self.lag("tank", 70.0 * self.fault(severity, "feed_blocked"), 3 * 3600.0)
        self.world.put_all(self.assets, "electric_kw", np.where(flow > 0, 0.8, 0.05))
        return {
            "pressure": self._pressure + self.noise(0.004),
            "precharge_pressure": self._charge(severity) + self.noise(0.01),
            "makeup_flow": flow,
            "makeup_volume": self.total("volume", self._makeup, 420.0),
            "makeup_starts": self.total("starts", self._starts, 3100.0),
            "pump_run": (flow > 0).astype(np.float64),
            "tank_level": np.clip(level - dry + self.noise(0.2), 0.0, 100.0),
        }

    @property
    def _fill(self) -> Float64s:
        return self.parameter("fill_pressure")

    def _loss(self, severity: Severity) -> Float64s:
        """Water lost, m³/h [T, N]: 0.02 % of the content a day is usual."""
        leak = 0.016 * self.fault(severity, "leak") + _USUAL_LOSS
        burst = 2.6 * self.parameter("makeup_rate") / 1000.0 * self.fault(severity, "burst")
        lost: Float64s = leak * self.parameter("system_volume") / 24.0 + burst
        return lost

    def _charge(self, severity: Severity) -> Float64s:
        return self.parameter("precharge") * (1 - 0.5 * self.fault(severity, "vessel_lost"))

    def _expansion(self) -> Float64s:
        """Water volume above that of the cold system, m³ [T, N]; the network takes hours to warm through."""
        target = np.empty((len(self.world.times), self.n))
        for column, asset in enumerate(self.assets):
            hot = [
                self.world.before(boiler.id, "supply_temp", 80.0) - 8.0
                for boiler in self.world.plant.of_kind(BOILER)
                if boiler.site == asset.site
            ]
            warm = max(hot, default=72.0)
            target[:, column] = np.where(self.world.local(asset.site).heating, warm, _COLD)
        temp = self.lag("network", target, 6 * 3600.0)
        rise = temp - _COLD
        grown: Float64s = self.parameter("system_volume") * rise * (0.00036 + 3.0e-6 * rise)
        return grown

    def _water_at(self, pressure: Float64s, charge: Float64s) -> Float64s:
        """Water in the vessel, m³, at this pressure (bar above the atmosphere)."""
        water: Float64s = self.parameter("vessel_volume") * (1 - (charge + 1) / (pressure + 1))
        return water

    def _pressure_of(self, water: Float64s, charge: Float64s) -> Float64s:
        """Pressure of the vessel with so much water; without water the system runs empty."""
        share = np.clip(water / self.parameter("vessel_volume"), 0.0, 0.8)
        squeezed = (charge + 1) / (1 - share) - 1
        return np.where(water > 0, squeezed, np.maximum(charge * (1 + water / _EMPTY), 0.0))


BEHAVIOUR = PressurisationUnit
