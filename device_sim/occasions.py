"""Things that happen now and then, known at any time without memory: passages, door openings, meals, tests.

Because they follow from the time alone, they are the same whichever stretches and steps they are asked in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from config.clock import DAY, HOUR, SECOND
from config.plant import PlantAsset
from device_sim.signals import Float64s
from device_sim.world import Int64s, World

UInt64s = npt.NDArray[np.uint64]
DAY_S = 86400.0
WEEK_S = 7 * DAY_S
_BITS = 21
_MASK = np.uint64((1 << _BITS) - 1)


def scattered(seeds: UInt64s, numbers: Int64s) -> tuple[Float64s, Float64s, Float64s]:
    """Three even random numbers 0..1 for each number [T, N] and seed [N], always the same (SplitMix64)."""
    mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + seeds
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    parts = (mixed >> np.uint64(shift) & _MASK for shift in (0, _BITS, 2 * _BITS))
    first, second, third = (part.astype(np.float64) / float(_MASK) for part in parts)
    return first, second, third


def seeds_of(rng: np.random.Generator, count: int) -> UInt64s:
    """A seed for each of `count` assets."""
    return rng.integers(0, 2**63, count, dtype=np.uint64)


def local_hours(world: World, assets: Sequence[PlantAsset]) -> Float64s:
    """Local hour of day (0..24) of every asset at every step [T, N]."""
    return np.column_stack([world.local(asset.site).hour for asset in assets])


def local_seconds(times: Int64s, hours: Float64s) -> Float64s:
    """Seconds of local time since Monday 1970-01-05 00:00 [T, N]; `hours` is the local hour of day [T, N]."""
    apart = (hours - (times % DAY / HOUR)[:, np.newaxis] + 12.0) % 24.0 - 12.0
    offset = np.round(apart * 4.0) * 900.0
    return (times / SECOND)[:, np.newaxis] + offset - 4 * DAY_S


class Happening(NamedTuple):
    """Seconds since something began [T, N] (negative: it has not, or never does) and how long it lasts."""

    since: Float64s
    length: Float64s


class Occasions:
    """At most one short occasion in every slot of time, more or less likely by the hour of the day."""

    def __init__(
        self, rng: np.random.Generator, count: int, slot_s: int, shortest_s: float, longest_s: float
    ) -> None:
        """`count` assets; occasions of `shortest_s` to `longest_s` seconds, which must fit into a slot."""
        self._seeds = seeds_of(rng, count)
        self._slot_s = slot_s
        self._shortest, self._longest = shortest_s, longest_s

    def recent(self, times: Int64s, hours: Float64s, chances: Float64s, back: int) -> Iterator[Happening]:
        """The occasions of the present slot and of `back` slots before, one slot at a time.

        `hours` [T, N] is the local hour of day, `chances` [24] the chance of an occasion in a slot.
        """
        seconds = times // SECOND
        slot = (seconds // self._slot_s)[:, np.newaxis]
        within = (seconds % self._slot_s + times % SECOND / SECOND)[:, np.newaxis]
        for ago in range(back + 1):
            elapsed = within + ago * self._slot_s
            chance, begin, length = scattered(self._seeds, slot - ago)
            likely = chances[((hours - elapsed / 3600.0) % 24.0).astype(np.intp)]
            since = elapsed - begin * (self._slot_s - self._longest)
            lasts = self._shortest + length * (self._longest - self._shortest)
            yield Happening(np.where(chance < likely, since, -1.0), lasts)


class Sessions:
    """Stretches of every day (meals, batches), for each day and asset a few minutes earlier or later."""

    def __init__(
        self,
        rng: np.random.Generator,
        count: int,
        windows: Sequence[tuple[float, float]],
        jitter_min: float = 6.0,
    ) -> None:
        """`windows`: from and to, as hours of the day."""
        self._seeds = seeds_of(rng, count)
        self._windows = windows
        self._jitter_s = 60.0 * jitter_min

    def around(self, times: Int64s, hours: Float64s) -> Iterator[Happening]:
        """Every session of yesterday and today; `since` is negative before it begins. `hours` [T, N]."""
        local = local_seconds(times, hours)
        day = np.floor(local / DAY_S)
        for number, (begin, end) in enumerate(self._windows):
            length = np.broadcast_to((end - begin) * 3600.0, local.shape)
            for days_ago in (1, 0):
                which = (day - days_ago).astype(np.int64) * len(self._windows) + number
                shift = (scattered(self._seeds, which)[0] - 0.5) * 2 * self._jitter_s
                yield Happening(local - (day - days_ago) * DAY_S - begin * 3600.0 - shift, length)

    def during(self, times: Int64s, hours: Float64s) -> npt.NDArray[np.bool_]:
        """Whether a session is on [T, N]."""
        on = np.zeros(hours.shape, dtype=np.bool_)
        for since, length in self.around(times, hours):
            on |= (since >= 0) & (since < length)
        return on


def repeating(local_s: Float64s, every_s: float, first_s: float | Float64s) -> tuple[Float64s, Int64s]:
    """Seconds since the last of something that comes every `every_s` seconds, and which one it was.

    `local_s` as of `local_seconds` [T, N]; `first_s` (scalar or [N]) is when within the period it comes.
    """
    shifted = local_s - first_s
    number = np.floor(shifted / every_s)
    return shifted - number * every_s, number.astype(np.int64)
