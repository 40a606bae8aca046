"""Lasting numbers of points: a point keeps its int32 for ever, and no number is given twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class PointNumbers(Protocol):
    """Gives every point id its number, a new one where it has none yet."""

    def numbers(self, ids: Sequence[str]) -> Mapping[str, int]:
        """The number of each id; those asked for the first time get new numbers, in the order asked."""


class MemoryNumbers:
    """Numbers that last as long as the process: for tests and for checks."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def numbers(self, ids: Sequence[str]) -> Mapping[str, int]:
        """The number of each id, counted from 1."""
        for point in ids:
            self._numbers.setdefault(point, len(self._numbers) + 1)
        return {point: self._numbers[point] for point in ids}
