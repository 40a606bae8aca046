"""The operating system's part: the calls whose failure or order decides whether data survives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

_PARTS_PER_CALL = 512  # below every system's IOV_MAX


class Disk:
    """Real files. Tests put a full or a forgetful disk in its place."""

    def open_new(self, path: Path) -> int:
        """Create a file that must not exist yet."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640)

    def open(self, path: Path) -> int:
        """Open an existing file to read and write."""
        return os.open(path, os.O_RDWR)

    def write(self, fd: int, parts: Sequence[bytes | bytearray], offset: int) -> None:
        """Write all parts one after the other at `offset`; OSError leaves an unknown part of them written."""
        rest = iter(parts)
        while group := list(islice(rest, _PARTS_PER_CALL)):
            size = sum(map(len, group))
            done = os.pwritev(fd, group, offset)
            if done < size:
                self._write_rest(fd, b"".join(group)[done:], offset + done)
            offset += size

    def _write_rest(self, fd: int, data: bytes, offset: int) -> None:
        while data:
            done = os.pwrite(fd, data, offset)
            data, offset = data[done:], offset + done

    def sync(self, fd: int) -> None:
        """Return once the file's data, and the size needed to read it, are on the disk."""
        os.fdatasync(fd) if hasattr(os, "fdatasync") else os.fsync(fd)

    def sync_folder(self, folder: Path) -> None:
        """Return once the names in the folder are on the disk."""
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def truncate(self, fd: int, size: int) -> None:
        """Cut the file to `size` bytes."""
        os.ftruncate(fd, size)

    def free_bytes(self, folder: Path) -> int:
        """Space that an unprivileged process may still fill."""
        stat = os.statvfs(folder)
        return stat.f_bavail * stat.f_frsize

    def replace(self, path: Path, data: bytes) -> None:
        """Give `path` this content so that a crash leaves either the old or the new one, whole."""
        aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        fd = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o640)
        try:
            self.write(fd, [data], 0)
            self.sync(fd)
            aside.replace(path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        finally:
            os.close(fd)
        self.sync_folder(path.parent)
