"""How long to wait before the next attempt: longer each time, and never in step with others."""

from __future__ import annotations

import numpy as np


class BackOff:
    """Doubles from `first` to `longest` seconds; each wait is a random half to whole of that."""

    def __init__(self, rng: np.random.Generator, *, first: float = 0.5, longest: float = 30.0) -> None:
        self._rng = rng
        self._first, self._longest = first, longest
        self._next = first

    def wait(self) -> float:
        """Seconds to wait now; the next wait is longer."""
        seconds = self._next * self._rng.uniform(0.5, 1.0)
        self._next = min(2 * self._next, self._longest)
        return float(seconds)

    def reset(self) -> None:
        """It worked: the next trouble starts from `first` again."""
        self._next = self._first
