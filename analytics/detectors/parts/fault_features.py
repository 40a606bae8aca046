"""What a failing sensor looks like in numbers that do not depend on its unit, level or range.

Everything is measured in the point's own usual step between readings (`step`) or its usual swing around its
level (`swing`). Large steps are summed in `jump`: a biased sensor carries its jump until it steps back, a
spike gives it back at once, a noisy one wanders around it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.detectors.base import Bools, State
from analytics.detectors.parts.rounds import Rows
from collector.reading import Float64s

MEMORIES = np.array([3.0, 12.0, 48.0])
RING = 9
LARGE_STEP = 6.0
QUIET_AFTER = 64
FEATURES = 23
TINY = 1e-9


def fresh(size: int) -> State:
    """State of `size` points that have never been seen."""
    names = ("last", "before", "move", "step", "swing", "level", "jump", "peak", "since")
    single = {name: np.zeros(size) for name in names}
    windows = {name: np.zeros((size, len(MEMORIES))) for name in ("moves", "drift", "large", "turns")}
    return single | windows | {"ring": np.zeros((size, RING)), "at": np.zeros(size, dtype=np.int64)}


def _tamed(x: npt.NDArray[Any]) -> npt.NDArray[Any]:
    tamed: npt.NDArray[Any] = np.sign(x) * np.log1p(np.abs(x))
    return tamed


class Step:
    """One reading per row, seen against the state: first the features, then the state after it."""

    def __init__(self, state: State, rows: Rows, value: Float64s) -> None:
        self.state, self.rows, self.value = state, rows, value
        self.first = state["at"][rows] == 0
        self.last = np.where(self.first, value, state["last"][rows])
        self.before = np.where(self.first, value, state["before"][rows])
        self.move = value - self.last
        self.size = np.abs(self.move)
        self.step = np.maximum(state["step"][rows], TINY)
        self.swing = np.maximum(state["swing"][rows], TINY)
        self.is_large = self.size > LARGE_STEP * self.step
        self.since = np.where(self.is_large, 0.0, state["since"][rows] + 1.0)
        self._follow_jump()
        self._follow_windows()

    def _follow_jump(self) -> None:
        peak = self.state["peak"][self.rows]
        jump = self.state["jump"][self.rows] * (1 - 1 / 3000)
        jump = np.where(self.is_large, jump + self.move, jump)
        mostly_back = np.abs(jump) < 0.25 * peak
        resting = (np.abs(jump) < 0.6 * peak) & (self.state["since"][self.rows] > 4)
        self.jump = np.where(mostly_back | resting, 0.9 * jump, jump)
        self.peak = np.maximum(peak * (1 - 1 / 1000), np.abs(self.jump))

    def _follow_windows(self) -> None:
        turned = self.move * self.state["move"][self.rows] < 0
        seen = {"moves": self.size, "drift": self.move, "large": self.is_large, "turns": turned}
        self.windows = {}
        for name, new in seen.items():
            old = self.state[name][self.rows]
            self.windows[name] = old + (new[:, None] - old) / MEMORIES

    def quiet(self) -> Bools:
        """Rows where nothing has jumped for long and no jump is left: no fault looks like that."""
        calm: Bools = (self.since > QUIET_AFTER) & (np.abs(self.jump) <= LARGE_STEP * self.step)
        return calm

    def features(self, which: Rows | slice = slice(None)) -> Float64s:
        """float64[n, FEATURES] of all or some rows; all are ratios, large ones on a logarithmic scale."""
        value, first, jump = self.value[which], self.first[which], self.jump[which]
        rows, step, swing = self.rows[which], self.step[which], self.swing[which]
        ring = np.where(first[:, None], value[:, None], self.state["ring"][rows])
        off_middle = value - np.partition(ring, RING // 2, axis=1)[:, RING // 2]
        off_level = value - np.where(first, value, self.state["level"][rows])
        peak, off_before = self.peak[which], value - self.before[which]
        in_steps = np.stack([self.move[which], off_before, jump, peak, off_middle, swing])
        in_swings = np.stack([jump, np.abs(off_middle), off_level])
        drift, moves = self.windows["drift"][which], self.windows["moves"][which]
        return np.concatenate(
            [
                _tamed(in_steps / step).T,
                _tamed(in_swings / swing).T,
                (np.abs(jump) / np.maximum(peak, TINY))[:, None],
                np.log1p(self.since[which])[:, None],
                _tamed(moves / step[:, None]),
                np.abs(drift) / np.maximum(moves, TINY),
                self.windows["large"][which],
                self.windows["turns"][which],
            ],
            axis=1,
        )

    def keep(self, normal: Bools) -> None:
        """Write the state after this reading; usual step, swing and level only move where `normal`."""
        state, rows = self.state, self.rows
        at = state["at"][rows]
        self._keep_usual(normal, at)
        state["ring"][rows] = np.where(self.first[:, None], self.value[:, None], state["ring"][rows])
        state["ring"][rows, at % RING] = self.value
        state["before"][rows], state["last"][rows], state["move"][rows] = self.last, self.value, self.move
        state["jump"][rows], state["peak"][rows], state["since"][rows] = self.jump, self.peak, self.since
        for name, window in self.windows.items():
            state[name][rows] = window
        state["at"][rows] = at + 1

    def _keep_usual(self, normal: Bools, at: npt.NDArray[np.int64]) -> None:
        state, rows = self.state, self.rows
        usual = np.maximum(self.step, 0.0)
        pull = np.clip(np.minimum(self.size, 8 * usual) / usual - 1, -1, 1)
        learned = np.where(at < 60, usual + (self.size - usual) / (at + 1), usual * np.exp(0.004 * pull))
        state["step"][rows] = np.where(normal, np.maximum(learned, TINY), state["step"][rows])
        weight = 1 / np.minimum(at + 1, 1500)
        level, swing = state["level"][rows], state["swing"][rows]
        away = self.value - self.jump - level
        reach = np.maximum(swing, 5 * self.step)
        moved = np.where(at <= 50, self.value, level + weight * np.clip(away, -4 * reach, 4 * reach))
        grown = swing + weight * (np.minimum(np.abs(away), 6 * reach) - swing)
        state["level"][rows] = np.where(normal, moved, level)
        state["swing"][rows] = np.where(normal & (at > 5), grown, swing)
