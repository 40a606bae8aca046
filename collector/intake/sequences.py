"""Gaps in what a device counted itself: messages that were sent and never came, named per device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from collector.wire.base import Mark

_OPEN_GAPS = 16


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages `first` to `last` (both included) of one life (`boot`) of a device did not come."""

    device: int
    boot: str
    first: int
    last: int

    @property
    def missing(self) -> int:
        return self.last - self.first + 1


@dataclass(slots=True)
class _Track:
    boot: str
    last: int
    open: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Followed:
    """New gaps, how many missing messages came after all, and where each device stands."""

    gaps: list[Gap] = field(default_factory=list)
    found: dict[int, int] = field(default_factory=dict)
    last: dict[int, tuple[str, int]] = field(default_factory=dict)


class Sequences:
    """Follows every device's count. `follow` decides nothing; call `accept` once what it said is on disk."""

    def __init__(self, known: Mapping[int, tuple[str, int]]) -> None:
        self._tracks = {device: _Track(boot, last) for device, (boot, last) in known.items()}
        self._pending: dict[int, _Track] = {}

    def follow(self, marks: Sequence[Mark]) -> Followed:
        """Compare these marks, in the order they came, with what was expected."""
        self._pending = {}
        followed = Followed()
        for mark in marks:
            self._step(mark, followed)
        followed.last = {device: (t.boot, t.last) for device, t in self._pending.items()}
        return followed

    def accept(self) -> None:
        """What was followed last is committed."""
        self._tracks.update(self._pending)
        self._pending = {}

    def _step(self, mark: Mark, followed: Followed) -> None:
        track = self._pending.get(mark.device)
        if track is None:
            known = self._tracks.get(mark.device)
            track = (
                _Track(known.boot, known.last, list(known.open)) if known else _Track(mark.boot, mark.number)
            )
            self._pending[mark.device] = track
            if known is None:
                return
        expected = track.last + 1 if mark.boot == track.boot else 1
        if mark.boot != track.boot:
            track.boot, track.open = mark.boot, []
        elif mark.number <= track.last:
            _close(track, mark, followed)
            return
        if mark.number > expected:
            followed.gaps.append(Gap(mark.device, mark.boot, expected, mark.number - 1))
            track.open = [*track.open, (expected, mark.number - 1)][-_OPEN_GAPS:]
        track.last = mark.number


def _close(track: _Track, mark: Mark, followed: Followed) -> None:
    """A number that was missing came after all; any other old number is a redelivery."""
    for place, (first, last) in enumerate(track.open):
        if first <= mark.number <= last:
            parts = [(first, mark.number - 1), (mark.number + 1, last)]
            track.open[place : place + 1] = [(a, b) for a, b in parts if a <= b]
            followed.found[mark.device] = followed.found.get(mark.device, 0) + 1
            return
