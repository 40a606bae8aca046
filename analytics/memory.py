"""What the pipeline remembers between batches, as arrays that can be written to disk and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy.typing as npt

State = dict[str, npt.NDArray[Any]]


class Remembers(Protocol):
    """A part with memory."""

    def save(self) -> State:
        """The memory as arrays by name."""

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> object:
        """Take memory back; what it does not know any more is dropped, what it lacks starts afresh."""


def save_parts(parts: Mapping[str, Remembers]) -> State:
    """The memory of several parts, as `part/name`."""
    return {f"{part}/{name}": array for part, one in parts.items() for name, array in one.save().items()}


def restore_parts(parts: Mapping[str, Remembers], saved: Mapping[str, npt.NDArray[Any]]) -> None:
    """Give each part its own memory back; a part without any is left as it is."""
    for part, one in parts.items():
        mine = {name.removeprefix(f"{part}/"): a for name, a in saved.items() if name.startswith(f"{part}/")}
        if mine:
            one.restore(mine)
