"""What a reading process knows at a moment: the manifest, the newest readings, and the journal's tail."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import pyarrow as pa

from collector.journal import Damage
from collector.stores.base import StoreError
from collector.stores.embedded.latest import Latest
from collector.stores.embedded.layout import MANIFEST
from collector.stores.embedded.manifest import Manifest
from collector.stores.embedded.part_file import FileGone
from collector.stores.embedded.tail import MOST_IN_MEMORY, Block, JournalTail

_TRIES = 5

Signature = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Never changes; a query that took one sees one state of the store throughout."""

    manifest: Manifest
    latest: Latest
    blocks: tuple[Block, ...] = ()


class Views:
    """Gives the newest view; brings it up to date by what changed only. For several threads at once."""

    def __init__(
        self, folder: Path, journal_folder: Path | None, most_in_memory: int = MOST_IN_MEMORY
    ) -> None:
        self._folder = folder
        self._journal = journal_folder
        self._most_in_memory = most_in_memory
        self._tail: JournalTail | None = None
        self._lock = Lock()
        self._signature: Signature = None
        self._view: View | None = None

    def now(self) -> View:
        """The state of the store now: one system call when nothing changed."""
        with self._lock:
            signature = self._signature_now()
            if signature != self._signature or self._view is None:
                self._view = self._load()
                self._signature = signature
            if self._tail is not None:
                self._view = _with_tail(self._view, self._tail)
            return self._view

    def _signature_now(self) -> Signature:
        try:
            stat = os.stat(self._folder / MANIFEST)  # noqa: PTH116 - half the time of Path.stat, on every query
        except FileNotFoundError:
            return None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def _load(self) -> View:
        """Take over a new manifest, and drop from the tail what is compacted in it."""
        manifest, latest = self._loaded()
        try:
            self._follow(manifest)
        except FileGone:  # compacted further and pruned since the manifest was read
            manifest, latest = self._loaded()
            self._restart_tail(manifest)
        blocks = self._tail.blocks() if self._tail else ()
        for block in blocks:
            latest = latest.with_newer(block.newest)
        return View(manifest, latest, blocks)

    def _loaded(self) -> tuple[Manifest, Latest]:
        """The writer may replace both files between two reads, hence the tries."""
        for _ in range(_TRIES):
            manifest = Manifest.load(self._folder)
            if manifest.latest is None:
                return manifest, Latest()
            try:
                return manifest, Latest.load(self._folder / manifest.latest)
            except FileNotFoundError:
                continue
            except (OSError, pa.ArrowException):
                break
        raise StoreError(
            f"{self._folder}: the newest readings cannot be read; restart the store writer to make them again"
        )

    def _follow(self, manifest: Manifest) -> None:
        if self._journal is None:
            return
        if self._tail is not None and self._tail.position >= manifest.journal:
            self._tail.forget_before(manifest.journal)
        else:
            self._restart_tail(manifest)

    def _restart_tail(self, manifest: Manifest) -> None:
        assert self._journal is not None
        if self._tail is not None:
            self._tail.close()
        self._tail = JournalTail(self._journal, manifest.journal, self._most_in_memory)

    def take_damage(self) -> list[Damage]:
        """What of the journal could not be read since the last call."""
        with self._lock:
            return self._tail.take_damage() if self._tail else []

    def close(self) -> None:
        """Let go of files."""
        with self._lock:
            if self._tail is not None:
                self._tail.close()
                self._tail = None
            self._view = None


def _with_tail(view: View, tail: JournalTail) -> View:
    fresh = tail.read_on()
    if not fresh:
        return view
    latest = view.latest
    for newest in fresh:
        latest = latest.with_newer(newest)
    return View(view.manifest, latest, tail.blocks())
