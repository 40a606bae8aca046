"""What devices remember, over the seams of stretches."""

from __future__ import annotations

import numpy as np

from device_sim.memory import held, latched, stretch


def column(*values: float) -> np.ndarray:
    return np.array(values, dtype=np.float64)[:, np.newaxis]


def flags(*values: int) -> np.ndarray:
    return np.array(values, dtype=bool)[:, np.newaxis]


def test_a_stretch_counts_on_over_the_seam_and_starts_again_after_a_break() -> None:
    lasted, last = stretch(flags(1, 1, 0, 1), np.array([30.0]), 10.0)
    assert lasted[:, 0].tolist() == [40.0, 50.0, 0.0, 10.0]
    lasted, _ = stretch(flags(1, 1), last, 10.0)
    assert lasted[:, 0].tolist() == [20.0, 30.0]


def test_the_last_result_stands_until_the_next_is_taken() -> None:
    kept, last = held(column(1, 2, 3, 4), flags(0, 1, 0, 0), np.array([9.0]))
    assert kept[:, 0].tolist() == [9.0, 2.0, 2.0, 2.0]
    assert last.tolist() == [2.0]


def test_a_latched_flag_stays_until_its_end_which_wins() -> None:
    flag, last = latched(flags(0, 1, 0, 0), flags(0, 0, 0, 1), np.array([0.0]))
    assert flag[:, 0].tolist() == [False, True, True, False]
    flag, _ = latched(flags(1, 0), flags(1, 0), last)
    assert flag[:, 0].tolist() == [False, False]
    flag, _ = latched(flags(0, 0), flags(0, 0), np.array([1.0]))
    assert flag[:, 0].tolist() == [True, True]
