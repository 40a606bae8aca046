"""The journal becomes parts, exactly once, wherever a crash or a full disk comes between."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from collector.journal import START
from collector.journal.disk import Disk
from collector.journal.inspect import inspect
from collector.stores.base import StoreError
from collector.stores.embedded import EmbeddedStore, EmbeddedWriter, Pace
from collector.stores.embedded.manifest import Manifest
from config.clock import DAY, HOUR, ManualClock
from tests.unit.collector.embedded_kit import D0, Node, batch, hours_of_readings, node, rows


class Watched(Disk):
    """Calls `at_step` before every step that reaches the disk."""

    def __init__(self, at_step: Callable[[int], None]) -> None:
        self._at_step = at_step
        self.steps = 0

    def _step(self) -> None:
        self.steps += 1
        self._at_step(self.steps)

    def sync(self, fd: int) -> None:
        self._step()

    def sync_folder(self, folder: Path) -> None:
        self._step()

    def write(self, fd: int, parts: Sequence[bytes | bytearray], offset: int) -> None:
        self._step()
        super().write(fd, parts, offset)


def filled(folder: Path) -> tuple[Node, list[tuple[int, int, float]]]:
    """A node with one compaction behind it and readings of three days waiting, one of them late."""
    campus = node(folder)
    campus.take(hours_of_readings(D0, 2))
    writer = campus.writer()
    writer.compact()
    writer.close()
    campus.take(
        hours_of_readings(D0 + HOUR, 2), hours_of_readings(D0 + DAY, 1), hours_of_readings(D0 - DAY, 1)
    )
    wanted = [hours_of_readings(D0, 3), hours_of_readings(D0 + DAY, 1), hours_of_readings(D0 - DAY, 1)]
    return campus, sorted({row for readings in wanted for row in rows(readings)})


def test_compacted_once_and_served_from_both_sides(tmp_path: Path) -> None:
    campus, wanted = filled(tmp_path)
    assert campus.everything() == wanted
    writer = campus.writer()
    assert writer.compact() == 4 * 60 * 6
    assert writer.compact() == 0
    assert campus.everything() == wanted
    assert sum(part.rows for day in writer.manifest.days.values() for part in day.parts) == 6 * 60 * 6
    assert inspect(tmp_path / "journal", D0).readers[0].lag.bytes == 0
    writer.close()


def test_a_crash_at_every_step_of_a_compaction(tmp_path: Path) -> None:
    campus, wanted = filled(tmp_path / "node")
    images: list[Path] = []

    def copy(step: int) -> None:
        images.append(tmp_path / f"image-{step}")
        shutil.copytree(tmp_path / "node", images[-1])

    writer = campus.writer(Watched(copy))
    writer.compact()
    writer.maintain(quiet_for=0)
    writer.close()
    campus.journal.close()
    assert len(images) > 15
    for image in images:
        after = node(image)
        assert after.everything() == wanted
        again = after.writer()
        again.compact()
        again.maintain(quiet_for=0)
        assert after.everything() == wanted
        listed = again.manifest.files()
        on_disk = {path.relative_to(after.readings).as_posix() for path in after.readings.rglob("*.parquet")}
        assert on_disk == listed
        again.close()
        after.journal.close()


@pytest.mark.parametrize("full_at", range(1, 14))
def test_a_full_disk_changes_nothing_and_the_next_try_succeeds(tmp_path: Path, full_at: int) -> None:
    campus, wanted = filled(tmp_path)

    def full(step: int) -> None:
        if step == full_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    writer = campus.writer(Watched(full))
    with suppress(OSError):
        writer.compact()
    on_disk = {path.relative_to(campus.readings).as_posix() for path in campus.readings.rglob("*.parquet")}
    assert on_disk == writer.manifest.files()
    assert campus.everything() == wanted
    writer.compact()
    assert campus.everything() == wanted
    assert sum(part.rows for day in writer.manifest.days.values() for part in day.parts) == 6 * 60 * 6
    writer.close()


def test_it_waits_until_enough_has_come_or_for_long_enough(tmp_path: Path) -> None:
    campus = node(tmp_path)
    writer = EmbeddedWriter(
        campus.readings, tmp_path / "journal", clock=campus.clock, pace=Pace(readings=1_000, age_ns=HOUR)
    )
    assert writer.step() == 0
    campus.take(batch([1], [D0], [1]))
    assert writer.step() == 0
    campus.clock.wind(3_600)
    assert writer.step() == 1
    campus.take(hours_of_readings(D0, 2))
    assert writer.step() == 0
    campus.take(hours_of_readings(D0, 1))
    assert writer.step() == 1_080
    writer.close()


def test_entries_without_readings_are_passed(tmp_path: Path) -> None:
    campus = node(tmp_path)
    campus.journal.append(batch([], [], []), ledger=b"x", quarantine=b"y")
    campus.journal.commit()
    campus.take(batch([1], [D0], [1]))
    writer = campus.writer()
    assert writer.compact() == 1
    assert writer.manifest.journal == campus.journal.position
    writer.close()


def test_pruning_waits_for_the_store(tmp_path: Path) -> None:
    campus = Node(tmp_path, ManualClock(D0))
    writer = campus.writer()
    assert writer.manifest.journal == START
    for _ in range(4):
        campus.take(*[hours_of_readings(D0, 48)] * 60)
    assert campus.journal.prune() == []
    writer.compact()
    assert campus.journal.prune() != []
    writer.close()


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    campus = node(tmp_path)
    writer = campus.writer()
    with pytest.raises(StoreError, match="stop that one first"):
        campus.writer()
    with pytest.raises(StoreError, match="stop that one first"):
        campus.store().write(batch([1], [D0], [1]))
    writer.close()


def test_an_import_goes_past_the_journal(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path)
    writer = EmbeddedWriter(tmp_path, clock=ManualClock(D0 + 9 * DAY))
    weeks = [hours_of_readings(D0 - day * DAY, 24) for day in range(14, 0, -1)]
    assert writer.write_all(weeks) == 14 * 24 * 60 * 6
    assert writer.maintain(quiet_for=0) == 14
    assert all(day.is_settled for day in Manifest.load(tmp_path).days.values())
    month = store.range(np.array([3]), D0 - 30 * DAY, D0)
    assert len(month) == 14 * 24 * 60
    writer.close()
    store.close()
