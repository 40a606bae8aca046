"""Circulation pumps: head curve and affinity laws, proportional pressure control, bearings."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from device_sim.behaviours.base import Base, Severity
from device_sim.heat_network import ZONE, downstream
from device_sim.signals import Float64s
from device_sim.world import Int64s


class CirculationPump(Base):
    """Pumps that feed the same zones share their flow; if one fails the others carry more."""

    order = 40

    def prepare(self, times: Int64s, severity: Severity) -> None:
        """Tell the zones how much of its flow each pump can make."""
        self._tripped = self.broken(severity, "drive_trip")
        self._air = self.fault(severity, "air_in_pump")
        heating = np.column_stack([self.world.local(a.site).heating for a in self.assets])
        self._commanded = heating
        self._running = heating & ~self._tripped
        self.world.put_all(self.assets, "able", np.where(self._tripped, 0.0, 1 - 0.97 * self._air))

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        wear = self.fault(severity, "impeller_wear")
        bearing = self.fault(severity, "bearing_wear")
        share = self._flow_share() * self._running
        wanted = 0.6 + 0.4 * share
        speed = np.where(self._running, np.sqrt((wanted + 0.25 * share**2) / (1.25 * (1 - 0.16 * wear))), 0.0)
        speed = np.clip(speed, 0.0, 1.0)
        flow = share * (1 - 0.92 * self._air) * self.parameter("design_flow")
        curve = 1.25 * speed**2 * (1 - 0.16 * wear) - 0.25 * share**2
        pressure = np.maximum(curve, 0.0) * (1 - 0.85 * self._air) * self.parameter("design_dp")
        load = 0.35 * speed**3 + 0.65 * speed**2 * share
        power = self.parameter("rated_power") * load * (1 + 0.06 * bearing) * (1 - 0.78 * self._air)
        hourly = np.where(self._running, self.world.step_s / 3600.0, 0.0)
        self.world.put_all(self.assets, "electric_kw", power + 0.02)
        self.world.put_all(self.assets, "heat_kw", self._heat())
        jitter = np.where(self._running, 1.0, 0.0)
        return {
            "run": self._running.astype(np.float64),
            "command": self._commanded.astype(np.float64),
            "drive_fault": self._tripped.astype(np.float64),
            "speed": 100 * speed,
            "dp": pressure + jitter * self.noise(0.004),
            "flow": np.maximum(flow + jitter * self.noise(0.003) * self.parameter("design_flow"), 0.0),
            "power": np.maximum(power + jitter * self.noise(0.003) * self.parameter("rated_power"), 0.0),
            "vibration": self._vibration(speed, bearing),
            "bearing_temp": self._bearing_temp(load, bearing) + self.noise(0.2),
            "run_hours": self.total("hours", hourly, 9000.0),
        }

    def _flow_share(self) -> Float64s:
        """Flow wanted by the zones behind each pump, as a share of its design flow, with helpers counted."""
        share = np.empty((len(self.world.times), self.n))
        for zones, columns in self._groups.items():
            opened = [self.world.get(zone, "open", 0.4) for zone in zones]
            wanted = 0.32 + 0.68 * (np.mean(opened, axis=0) if opened else 0.4)
            helpers = np.maximum(1.0 - self._tripped[:, columns].mean(axis=1), 1e-3)
            share[:, columns] = np.minimum(wanted / helpers, 1.15)[:, np.newaxis]
        return share

    def _heat(self) -> Float64s:
        """Heat of the zones behind each pump, shared evenly by those that run."""
        heat = np.zeros((len(self.world.times), self.n))
        for zones, columns in self._groups.items():
            carriers = np.maximum(self._running[:, columns].sum(axis=1), 1)
            carried = sum((self.world.get(zone, "heat_kw", 0.0) for zone in zones), start=np.zeros(len(heat)))
            heat[:, columns] = self._running[:, columns] * (carried / carriers)[:, np.newaxis]
        return heat

    @cached_property
    def _groups(self) -> dict[tuple[str, ...], list[int]]:
        """Columns of the pumps that feed the same zones."""
        groups: dict[tuple[str, ...], list[int]] = {}
        for column, asset in enumerate(self.assets):
            groups.setdefault(downstream(self.world.plant, asset.id, ZONE), []).append(column)
        return groups

    def _vibration(self, speed: Float64s, bearing: Float64s) -> Float64s:
        own = self.parameter("vibration_baseline") * (0.55 + 0.4 * speed)
        rough = 1 + 1.7 * bearing**1.5 + 0.5 * self._air
        running = np.maximum(own * rough + self.noise(0.04), 0.0)
        return np.where(self._running, running, np.maximum(0.05 + self.noise(0.01), 0.0))

    def _bearing_temp(self, load: Float64s, bearing: Float64s) -> Float64s:
        """Follows load and wear with a time constant of half an hour."""
        warm = 24.0 + np.where(self._running, 12.0 + 14.0 * load + 46.0 * bearing**1.3, 0.0)
        return self.lag("bearing", warm, 1800.0)


BEHAVIOUR = CirculationPump
