"""Silence is news: a quiet device raises one alarm, a point that is quiet alone raises its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from analytics.alarms.builtin import NO_DATA
from analytics.alarms.changes import ConditionChange
from analytics.arrivals import late
from analytics.layout import SHORTEST_SILENCE, SILENT_INTERVALS, Layout
from analytics.memory import State, restore_parts, save_parts
from analytics.quality.waiting import UNSET, Gap, Waiting
from collector.reading import Int64s, ReadingBatch, Source
from config.plant import Plant, PlantPoint


class Silence:
    """Listens to points that devices send by themselves; typed and simulated values have no rhythm."""

    def __init__(self, plant: Plant, layout: Layout) -> None:
        self._layout = layout
        watched = [p for p in plant.points.values() if p.role not in (None, "manual")]
        devices = sorted({plant.assets[p.asset].device for p in watched})
        self._points: list[PlantPoint] = watched
        self._spokesman = [_spokesman(plant, device) for device in devices]
        place = {device: i for i, device in enumerate(devices)}
        self._device_of = np.array([place[plant.assets[p.asset].device] for p in watched], dtype=np.intp)
        self._row = np.full(len(layout.slot), -1, dtype=np.intp)
        self._row[[p.number for p in watched]] = np.arange(len(watched))
        intervals = np.array([p.interval_ns for p in watched], dtype=np.int64)
        shortest = np.full(len(devices), UNSET, dtype=np.int64)
        np.minimum.at(shortest, self._device_of, intervals)
        self._point = Waiting(np.maximum(SILENT_INTERVALS * intervals, SHORTEST_SILENCE))
        self._device = Waiting(np.maximum(SILENT_INTERVALS * shortest, SHORTEST_SILENCE))
        self._names = {
            "points": np.array([p.id for p in watched], dtype=np.str_),
            "devices": np.array(devices, dtype=np.str_),
        }

    def hear(self, batches: Sequence[ReadingBatch]) -> list[ConditionChange]:
        """Take in who spoke; answers what is no longer, or was for a while, silent."""
        row, time = self._heard(batches)
        if len(row) == 0:
            return []
        of_devices = self._device.hear(self._device_of[row], time)
        changes = [change for gap in of_devices for change in self._device_changes(gap)]
        by_device: dict[int, list[Gap]] = {}
        for gap in of_devices:
            by_device.setdefault(gap.series, []).append(gap)
        for gap in self._point.hear(row, time):
            changes += self._point_changes(gap, by_device.get(int(self._device_of[gap.series]), []))
        for device, gaps in by_device.items():
            # What the device did not send yet gets its whole time again: the device's alarm told of it.
            mine = self._device_of == device
            self._point.heard[mine] = np.maximum(self._point.heard[mine], gaps[-1].until)
        return changes + self.tick(int(time.max()))

    def _heard(self, batches: Sequence[ReadingBatch]) -> tuple[npt.NDArray[np.intp], Int64s]:
        rows, times = [], []
        for batch in batches:
            known = (batch.point >= 0) & (batch.point < len(self._row))
            taken = batch.take(known & (batch.source == Source.SENSOR))
            row = self._row[taken.point]
            # What was sent late says that its device lives now.
            time = np.where(late(taken, self._layout), taken.received_at, taken.time)
            rows.append(row[row >= 0])
            times.append(time[row >= 0])
        return np.concatenate(rows), np.concatenate(times)

    def tick(self, now_ns: int) -> list[ConditionChange]:
        """Who is silent too long by now (UTC ns)."""
        devices, since = self._device.overdue(now_ns)
        self._device.silent |= devices
        changes = [
            ConditionChange(int(since[device]), self._spokesman[device], NO_DATA.name, active=True)
            for device in np.flatnonzero(devices)
        ]
        points, since = self._point.overdue(now_ns)
        points &= ~self._device.silent[self._device_of]
        self._point.silent |= points
        alone = (self._of_point(int(row), int(since[row]), active=True) for row in np.flatnonzero(points))
        return [*changes, *alone]

    def _device_changes(self, gap: Gap) -> Iterable[ConditionChange]:
        asset = self._spokesman[gap.series]
        if not gap.told:
            yield ConditionChange(gap.raised, asset, NO_DATA.name, active=True)
        yield ConditionChange(gap.until, asset, NO_DATA.name, active=False)

    def _point_changes(self, gap: Gap, of_device: Sequence[Gap]) -> Iterable[ConditionChange]:
        raised = gap.raised
        for silence in of_device:
            covers = (silence.told or silence.raised <= raised) and raised <= silence.until
            if covers and not gap.told:
                raised = silence.until + int(self._point.silent_after[gap.series])
        if gap.told or raised < gap.until:
            if not gap.told:
                yield self._of_point(gap.series, raised, active=True)
            yield self._of_point(gap.series, gap.until, active=False)

    def _of_point(self, row: int, at: int, *, active: bool) -> ConditionChange:
        point = self._points[row]
        return ConditionChange(at, point.asset, f"{NO_DATA.name}.{point.name}", active)

    def excuse(self, until_ns: int) -> None:
        """Nobody could be heard until then (UTC ns): everybody gets the whole time again."""
        self._point.floor = self._device.floor = until_ns

    def hold_as(self, active: Iterable[tuple[str, str]]) -> None:
        """Take (asset, rule) pairs for who is silent, whatever was remembered."""
        told = set(active)
        self._device.silent[:] = [(asset, NO_DATA.name) in told for asset in self._spokesman]
        self._point.silent[:] = [(p.asset, f"{NO_DATA.name}.{p.name}") in told for p in self._points]

    def save(self) -> State:
        """Everything remembered, with the points and devices it belongs to."""
        parts = save_parts({"point": self._point, "device": self._device})
        return {**parts, **self._names}

    def restore(self, saved: Mapping[str, npt.NDArray[Any]]) -> None:
        """Take it back for points and devices that are still there."""
        for part, names, waiting in (
            ("point", "points", self._point),
            ("device", "devices", self._device),
        ):
            old = {name: i for i, name in enumerate(saved[names].tolist())}
            here = [(i, old[n]) for i, n in enumerate(self._names[names].tolist()) if n in old]
            mine, theirs = np.array(here, dtype=np.intp).reshape(-1, 2).T
            fresh = waiting.save()
            for what, array in fresh.items():
                array[mine] = saved[f"{part}/{what}"][theirs]
            restore_parts({part: waiting}, {f"{part}/{what}": array for what, array in fresh.items()})


def _spokesman(plant: Plant, device: str) -> str:
    """The asset that carries a device's own alarm: the one it is named after, else the first it carries."""
    carried = plant.by_device[device]
    return next((a.id for a in carried if a.id == device), carried[0].id)
