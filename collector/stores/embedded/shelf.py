"""The folder of readings as its one writer sees it: what counts now, and how that changes in one step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from collector.journal.disk import Disk
from collector.stores.embedded.draft import Draft
from collector.stores.embedded.latest import Latest
from collector.stores.embedded.layout import DAMAGED, MANIFEST, data_files, unfinished_files
from collector.stores.embedded.manifest import Manifest, ManifestDamaged
from collector.stores.embedded.part_file import PartFiles
from collector.stores.embedded.rebuild import newest_in, rebuilt
from config.clock import Clock


class Shelf:
    """Manifest and newest readings; the caller holds the folder's lock."""

    def __init__(self, folder: Path, clock: Clock, disk: Disk) -> None:
        self.folder = folder
        self._clock = clock
        self._disk = disk
        folder.mkdir(parents=True, exist_ok=True)
        for path in unfinished_files(folder):
            path.unlink()
        self.manifest, self.latest = self._load()
        self._clear(data_files(folder) - self.manifest.files())

    def _load(self) -> tuple[Manifest, Latest]:
        path = self.folder / MANIFEST
        try:
            manifest = Manifest.load(self.folder)
        except ManifestDamaged:
            path.replace(path.with_name(f"{MANIFEST}.damaged"))
        if not path.exists():
            manifest = rebuilt(self.folder, self._clock.now_ns())
        try:
            latest = Latest.load(self.folder / manifest.latest) if manifest.latest else None
        except (OSError, pa.ArrowException):
            latest = None
        if latest is not None or not manifest.days:
            return manifest, latest or Latest()
        draft = Draft(self.folder, manifest, Latest(), self._disk, self._clock.now_ns())
        draft.put_latest(newest_in(manifest, PartFiles(self.folder)))
        draft.manifest.save(self.folder, self._disk)
        return draft.manifest, draft.latest

    @contextmanager
    def change(self) -> Iterator[Draft]:
        """Apply what is done to the draft as one step: after a crash or an error it never began."""
        draft = Draft(self.folder, self.manifest, self.latest, self._disk, self._clock.now_ns())
        before = self.manifest.files()
        # New files, then the manifest that lists them, then the old files: a crash leaves orphans only.
        try:
            yield draft
            draft.manifest.save(self.folder, self._disk)
        except BaseException:
            self._take_over(draft)
            self._clear(data_files(self.folder) - self.manifest.files())
            raise
        self.manifest, self.latest = draft.manifest, draft.latest
        self._clear(before - self.manifest.files())

    def _take_over(self, draft: Draft) -> None:
        """After an error: the change counts if its manifest is in place, whatever failed behind that."""
        if (self.folder / MANIFEST).exists() and Manifest.load(self.folder) == draft.manifest:
            self.manifest, self.latest = draft.manifest, draft.latest

    def _clear(self, names: set[str]) -> None:
        """Remove files that do not count; those set aside as damaged are kept elsewhere."""
        damaged = {entry.name for entry in self.manifest.damaged}
        for name in names:
            path = self.folder / name
            if name in damaged and path.exists():
                kept = self.folder / DAMAGED / name.replace("/", "_")
                kept.parent.mkdir(exist_ok=True)
                path.replace(kept)
            path.unlink(missing_ok=True)
            if path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()
