"""One change of the folder: new files are written at once, the manifest that lists them at the end."""

from __future__ import annotations

from pathlib import Path

from collector.journal.disk import Disk
from collector.reading import ReadingBatch
from collector.stores.aggregates import aggregate_sorted
from collector.stores.embedded.latest import Latest
from collector.stores.embedded.layout import day_start, latest_name, part_name, rollup_name
from collector.stores.embedded.manifest import Day, Manifest, Part, Rollup, SetAside
from collector.stores.embedded.parquet import write_aggregates, write_readings
from collector.stores.embedded.part_file import FileGone, PartDamaged, PartFiles
from config.clock import HOUR


class Draft:
    """The manifest as it shall be, with the operations that change it."""

    def __init__(self, folder: Path, manifest: Manifest, latest: Latest, disk: Disk, now_ns: int) -> None:
        self.manifest = manifest.copy()
        self.latest = latest
        self._folder = folder
        self._files = PartFiles(folder)
        self._disk = disk
        self._now = now_ns

    def add(self, day: str, readings: ReadingBatch) -> None:
        """Add a part of sorted readings to its day."""
        number = self.manifest.take_number()
        name = part_name(day, number)
        size, checksum, footer = write_readings(self._folder / name, readings, self._disk)
        part = Part(
            name, number, len(readings), size,
            int(readings.time.min()), int(readings.time.max()),
            int(readings.point[0]), int(readings.point[-1]),
            checksum, footer, self._now,
        )  # fmt: skip
        self.manifest.days.setdefault(day, Day()).parts.append(part)

    def read(self, day: str, parts: list[Part]) -> list[ReadingBatch]:
        """Their readings, oldest part first; one that is damaged is set aside and left out."""
        batches = []
        for part in parts:
            try:
                batches.append(self._files.read_all(part))
            except PartDamaged as damage:
                self.set_aside(day, part, damage.reason)
            except FileGone:
                self.set_aside(day, part, "the file is missing")
        return batches

    def remove(self, day: str, parts: list[Part]) -> None:
        """Take parts off the list; their files go once the change is made."""
        gone = {part.number for part in parts}
        state = self.manifest.days[day]
        state.parts = [part for part in state.parts if part.number not in gone]

    def drop_if_empty(self, day: str) -> None:
        """Forget a day that holds nothing any more."""
        state = self.manifest.days[day]
        if not state.parts and not state.rollup:
            del self.manifest.days[day]

    def roll_up(self, day: str, readings: ReadingBatch) -> None:
        """Make the day's hourly rollup from all its readings."""
        state = self.manifest.days[day]
        name = rollup_name(day, self.manifest.take_number())
        write_aggregates(self._folder / name, aggregate_sorted(readings, day_start(day), HOUR), self._disk)
        state.rollup = Rollup(name, tuple(part.number for part in state.parts))

    def set_aside(self, day: str, part: Part, reason: str) -> None:
        """Take a damaged part out; what its day's rollup knows of it stays."""
        state = self.manifest.days[day]
        if state.rollup and part.number in state.rollup.covers:
            state.trimmed = True
        self.remove(day, [part])
        self.manifest.damaged.append(SetAside(part.name, reason, part.rows, self._now))

    def put_latest(self, latest: Latest) -> None:
        """Replace the table of newest readings."""
        if latest is not self.latest:
            name = latest_name(self.manifest.take_number())
            latest.save(self._folder / name, self._disk)
            self.manifest.latest, self.latest = name, latest
