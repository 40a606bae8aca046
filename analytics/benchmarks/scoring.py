"""Figures that several tracks share, and folds that keep what belongs together on one side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


def folds(groups: npt.NDArray[Any], number: int = 5) -> Iterator[tuple[Mask, Mask]]:
    """(train, test) masks: each distinct group is tested once, every `number`-th of them together."""
    distinct = np.unique(groups)
    for fold in range(min(number, len(distinct))):
        test = np.isin(groups, distinct[fold::number])
        yield ~test, test


def f1(truth: Mask, found: Mask) -> float:
    """F1 of a yes/no question; 0 where nothing was right."""
    right = int(np.count_nonzero(truth & found))
    return 2 * right / max(int(np.count_nonzero(truth)) + int(np.count_nonzero(found)), 1)


def macro_f1(truth: npt.NDArray[Any], found: npt.NDArray[Any], classes: Sequence[Any]) -> float:
    """Mean F1 over those classes that occur in the truth."""
    present = [one for one in classes if (truth == one).any()]
    return float(np.mean([f1(truth == one, found == one) for one in present])) if present else 0.0


def rmse(truth: npt.NDArray[np.float64], found: npt.NDArray[np.float64]) -> float:
    """Root mean square error."""
    return float(np.sqrt(np.mean((truth - found) ** 2)))
