"""Water softeners: resin that is used up, night regenerations, salt."""

from __future__ import annotations

import numpy as np

from config.clock import HOUR
from device_sim.behaviours.base import Base, Severity
from device_sim.signals import Float64s
from device_sim.world import Int64s

_REGENERATE_AT = 0.68
_REGENERATION_H = 1.5
_SALT_PER_REGENERATION = 6.0


class WaterSoftener(Base):
    """Regenerates at two in the morning once most of its capacity is used, before hardness breaks through."""

    order = 50

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        flow = self._flow()
        volumes = flow * self.world.step_s / 3600.0
        since, regenerating, done = self._use(volumes, self._nights(times))
        stuck = self.broken(severity, "valve_stuck")
        capacity = self.parameter("capacity") * (1 - 0.93 * self.fault(severity, "resin_fouled"))
        share = np.clip((since / capacity - 1.0) / 0.03, -30.0, 30.0)
        raw = self.parameter("raw_hardness")
        hardness = 0.03 + raw / (1 + np.exp(-share))
        hardness = np.where(stuck, 0.9 * raw, hardness)
        salt = self._salt(done)
        empty = self.lag("no_salt", self.fault(severity, "salt_empty"), 3600.0)
        return {
            "hardness_test": np.maximum(hardness + self.noise(0.02), 0.0),
            "boiler_ph_test": 10.4 + self.noise(0.15),
            "outlet_hardness": np.maximum(hardness + self.noise(0.006), 0.0),
            "flow": flow,
            "volume": self.total("volume", volumes, 8200.0),
            "since_regeneration": since,
            "regenerations": self.total("regenerations", done, 310.0),
            "regenerating": np.maximum(regenerating, stuck),
            "salt_level": np.clip(salt * (1 - empty) + 3.0 * empty + self.noise(0.2), 0.0, 100.0),
        }

    def _flow(self) -> Float64s:
        """Kitchen and laundry by day, and what the pressurisation of the site makes up, m³/h [T, N]."""
        flow = np.empty((len(self.world.times), self.n))
        for column, asset in enumerate(self.assets):
            local = self.world.local(asset.site)
            day = np.exp(-(((local.hour - 7.5) / 1.5) ** 2)) + np.exp(-(((local.hour - 12.0) / 2.0) ** 2))
            day += np.exp(-(((local.hour - 18.0) / 2.0) ** 2))
            flow[:, column] = day * np.where(local.term, 1.0, 0.35)
            for unit in self.world.plant.feeds.get(asset.id, []):
                flow[:, column] += self.world.get(unit, "makeup", 0.0)
        return np.maximum(flow * self.parameter("daily_use") / 9.8 * (1 + self.noise(0.05)), 0.0)

    def _nights(self, times: Int64s) -> Float64s:
        """1 in the step in which it strikes two at night, per asset [T, N]."""
        hours = np.column_stack([self.world.local(asset.site).hour for asset in self.assets])
        step = self.world.step_ns / HOUR
        return ((hours >= 2.0) & (hours < 2.0 + step)).astype(np.float64)

    def _use(self, volumes: Float64s, night: Float64s) -> tuple[Float64s, Float64s, Float64s]:
        """Water since regeneration, regenerating or not, and regenerations ended [T, N]."""
        since, running, done = np.empty_like(volumes), np.zeros_like(volumes), np.zeros_like(volumes)
        limit = _REGENERATE_AT * self.parameter("capacity")
        used = self.state.setdefault("since", self.rng.uniform(0.0, 1.0, self.n) * limit)
        left = self.state.setdefault("left", np.zeros(self.n))
        hours = self.world.step_s / 3600.0
        for row in range(len(volumes)):
            used = used + volumes[row]
            left = np.where((night[row] > 0) & (used > limit) & (left <= 0), _REGENERATION_H, left)
            running[row] = left > 0
            remaining = np.maximum(left - hours, 0.0)
            ended = (left > 0) & (remaining <= 0)
            used, left = np.where(ended, 0.0, used), remaining
            since[row], done[row] = used, ended
        self.state |= {"since": used, "left": left}
        return since, running, done

    def _salt(self, done: Float64s) -> Float64s:
        """Salt level %: every regeneration takes some; the operator fills up before it runs out."""
        used = self.total("salt_used", done * _SALT_PER_REGENERATION)
        level: Float64s = 95.0 - used % 66.0
        return level


BEHAVIOUR = WaterSoftener
