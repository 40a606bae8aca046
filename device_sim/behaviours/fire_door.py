"""Fire doors: passages by the hours of a building, door closers that tire, wedges and latches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from config.plant import PlantAsset
from device_sim.behaviours.base import Severity
from device_sim.occasions import Occasions, scattered, seeds_of
from device_sim.premises import Premises
from device_sim.signals import Float64s
from device_sim.world import Int64s, World

_SLOT_S = 300
_CHANCES = np.array([0.02] * 6 + [0.3, 0.8, 0.9, 0.7, 0.7, 0.9, 0.9] + [0.8, 0.7, 0.7, 0.7, 0.9, 0.8, 0.6]
                    + [0.6, 0.5, 0.3, 0.05])  # fmt: skip


class FireDoor(Premises):
    """Somebody passes in most five minutes of the day; the closer shuts the door within seconds."""

    def __init__(self, assets: Sequence[PlantAsset], world: World, rng: np.random.Generator) -> None:
        super().__init__(assets, world, rng)
        self._passages = Occasions(rng, self.n, _SLOT_S, 6.0, 20.0)
        self._seeds = seeds_of(rng, self.n)

    def advance(self, times: Int64s, severity: Severity) -> dict[str, Float64s]:
        hours = self.hours()
        open_s = np.zeros(hours.shape)
        for since, length in self._passages.recent(times, hours, _CHANCES, 0):
            open_s = np.where((since >= 0) & (since < length), since + 1.0, open_s)
        wedged = self.has(self.fault(severity, "wedged"))
        open_s = np.where(wedged, self.lasting("wedged", wedged), open_s)
        standing = wedged | (open_s > 0)
        slot = (times // (_SLOT_S * 10**9))[:, np.newaxis]
        closing = 4.5 + 1.5 * self.character + scattered(self._seeds, slot)[0]
        rate = _CHANCES[hours.astype(np.intp)] / _SLOT_S
        latched = ~standing & ~self.has(self.fault(severity, "latch_broken"))
        return {
            "open": standing.astype(np.float64),
            "open_time": open_s,
            "latched": latched.astype(np.float64),
            "closing_time": closing + 11.0 * self.fault(severity, "closer_worn"),
            "passages": self.total("passages", rate * self.world.step_s, 60000.0),
        }


BEHAVIOUR = FireDoor
