"""The power goes at any moment: what was committed is there, and no reader has seen what is gone."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.journal.disk import Disk
from tests.unit.collector.journal_kit import batch, commit_each, read_all, writer

_BLOCK = 64


@dataclass
class PowerCut(Disk):
    """At the sync numbered `at` it puts into `image` what a disk might hold if the power went just then.

    keep: which of the blocks not yet synced survive (used in a circle); the others read as zeros.
    keep_new_names: whether a file survives whose folder was not synced yet.
    """

    folder: Path
    image: Path
    at: int
    keep: Sequence[bool]
    keep_new_names: bool
    syncs: int = 0
    unsynced: list[tuple[Path, int, int]] = field(default_factory=list)
    new_names: list[Path] = field(default_factory=list)

    def open_new(self, path: Path) -> int:
        self.new_names.append(path)
        return super().open_new(path)

    def write(self, fd: int, parts: Sequence[bytes | bytearray], offset: int) -> None:
        super().write(fd, parts, offset)
        self.unsynced.append((self._path(fd), offset, sum(map(len, parts))))

    def sync(self, fd: int) -> None:
        if self.syncs == self.at:
            self._take_image()
        self.syncs += 1
        self.unsynced = [run for run in self.unsynced if run[0] != self._path(fd)]

    def sync_folder(self, folder: Path) -> None:
        self.new_names = []

    def free_bytes(self, folder: Path) -> int:
        return 1 << 40

    @staticmethod
    def _path(fd: int) -> Path:
        return Path(f"/proc/self/fd/{fd}").readlink()

    def _take_image(self) -> None:
        shutil.copytree(self.folder, self.image)
        turn = 0
        for path, offset, size in self.unsynced:
            copy = self.image / path.name
            if not copy.exists():
                continue
            data = bytearray(copy.read_bytes())
            for at in range(offset, offset + size, _BLOCK):
                end = min(at + _BLOCK, offset + size)
                if not self.keep[turn % len(self.keep)]:
                    data[at:end] = bytes(end - at)
                turn += 1
            copy.write_bytes(data)
        for path in () if self.keep_new_names else self.new_names:
            (self.image / path.name).unlink(missing_ok=True)


@settings(max_examples=120, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=25),
    at=st.integers(0, 40),
    keep=st.lists(st.booleans(), min_size=1, max_size=7),
    keep_new_names=st.booleans(),
    published=st.sampled_from(["as_it_is", "older", "zero", "missing"]),
)
def test_power_cut_anywhere(
    *,
    sizes: list[int],
    at: int,
    keep: list[bool],
    keep_new_names: bool,
    published: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    root = tmp_path_factory.mktemp("power").resolve()
    folder, image = root / "journal", root / "image"
    folder.mkdir()
    disk = PowerCut(folder, image, at, keep, keep_new_names)
    journal = writer(folder, disk)
    number, committed, older = 0, 0, bytes(32)
    for size in sizes:
        for _ in range(size):
            journal.append(batch(number, 30))
            number += 1
        if image.exists():
            break
        committed, older = number - size, older if number % 2 else (folder / "committed").read_bytes()
        journal.commit()
    journal.close()
    if not image.exists():
        return
    _lose_position(image / "committed", published, older)
    seen_before = read_all(image)[0]
    writer(image).close()
    kept, _ = read_all(image)
    assert kept[:committed] == list(range(committed))
    assert kept[: len(seen_before)] == seen_before
    assert set(kept) <= set(range(number))
    again = writer(image)
    commit_each(again, [1000, 1001])
    again.close()
    assert read_all(image)[0] == [*kept, 1000, 1001]


def _lose_position(path: Path, published: str, older: bytes) -> None:
    if published == "older":
        path.write_bytes(older)
    elif published == "zero":
        path.write_bytes(bytes(32))
    elif published == "missing":
        path.unlink(missing_ok=True)
