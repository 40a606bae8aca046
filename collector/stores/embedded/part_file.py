"""Read points and times out of one part: only the row groups that hold them."""

from __future__ import annotations

import os
import zlib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from collector.reading import Int32s, Int64s, ReadingBatch
from collector.stores.embedded.manifest import Part
from collector.stores.embedded.parquet import footer_bytes, readings_from
from collector.stores.embedded.rows import select

_OPEN_FOOTERS = 1_024
_THREADS_FROM_GROUPS = 8


class PartDamaged(Exception):  # noqa: N818 - a state of the file, not a fault of the program
    """The file of a part cannot be read as it was written."""

    def __init__(self, part: Part, reason: str) -> None:
        self.part = part
        self.reason = reason
        super().__init__(f"{part.name}: {reason}")


class FileGone(Exception):  # noqa: N818 - likewise
    """A listed file is not there: another process has merged it into a newer one, or it was lost."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


@dataclass(frozen=True, slots=True, eq=False)
class Footer:
    """A file's footer and, per row group, its range of points and of times."""

    metadata: Any
    low: Int32s
    high: Int32s
    first: Int64s
    last: Int64s


class PartFiles:
    """Reads parts of one folder and keeps the footers of those read last. For several threads at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._footers: OrderedDict[str, Footer] = OrderedDict()

    def read(self, part: Part, points: Int32s, start_ns: int, end_ns: int) -> ReadingBatch:
        """Readings of these points (ascending, each once) in [start_ns, end_ns).

        Raises PartDamaged, FileGone.
        """
        footer = self._footer(part)
        groups = np.flatnonzero(
            _holds(footer, points) & (footer.last >= start_ns) & (footer.first < end_ns)
        ).tolist()
        if not groups:
            return ReadingBatch.empty()
        return select(self._read(part, footer, groups), points, start_ns, end_ns)

    def read_all(self, part: Part) -> ReadingBatch:
        """Every reading of the part. Raises as `read` does."""
        footer = self._footer(part)
        return self._read(part, footer, list(range(len(footer.low))))

    def _read(self, part: Part, footer: Footer, groups: list[int]) -> ReadingBatch:
        try:
            with pq.ParquetFile(
                self._folder / part.name, metadata=footer.metadata, page_checksum_verification=True
            ) as file:
                table = file.read_row_groups(groups, use_threads=len(groups) >= _THREADS_FROM_GROUPS)
        except FileNotFoundError as error:
            raise FileGone(part.name) from error
        except (OSError, pa.ArrowException) as error:
            raise PartDamaged(part, str(error)) from error
        return readings_from(table)

    def _footer(self, part: Part) -> Footer:
        footer = self._footers.get(part.name)
        if footer is None:
            footer = self._read_footer(part)
            self._footers[part.name] = footer
            # Files never change under their name, so a footer stays true as long as it is kept.
            while len(self._footers) > _OPEN_FOOTERS:
                self._footers.popitem(last=False)
        return footer

    def _read_footer(self, part: Part) -> Footer:
        try:
            size, data = _read_end(self._folder / part.name)
        except FileNotFoundError as error:
            raise FileGone(part.name) from error
        if size != part.bytes or zlib.crc32(data) != part.footer:
            raise PartDamaged(part, f"{size} of {part.bytes} bytes, or a footer that is not the one written")
        return footer_of(pq.read_metadata(pa.BufferReader(data)))

    def verify(self, part: Part) -> None:
        """Compare the whole file with the checksum it was written with. Raises PartDamaged."""
        try:
            data = (self._folder / part.name).read_bytes()
        except FileNotFoundError as error:
            raise PartDamaged(part, "the file is missing") from error
        if len(data) != part.bytes or zlib.crc32(data) != part.checksum:
            raise PartDamaged(
                part, f"{len(data)} bytes whose checksum is not that of the {part.bytes} written"
            )


def _holds(footer: Footer, points: Int32s) -> npt.NDArray[np.bool_]:
    """Which row groups may hold one of the points."""
    before = np.searchsorted(points, footer.low, "left")
    return np.searchsorted(points, footer.high, "right") > before


def _read_end(path: Path) -> tuple[int, bytes]:
    """Size of the file, and its footer."""
    fd = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(fd).st_size
        length = footer_bytes(os.pread(fd, 8, max(0, size - 8)))
        return size, os.pread(fd, length, size - length) if length <= size else b""
    finally:
        os.close(fd)


def footer_of(metadata: Any) -> Footer:
    """What of the footer is needed to find row groups."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    point = [group.column(0).statistics for group in groups]
    time = [group.column(1).statistics for group in groups]
    return Footer(
        metadata,
        np.array([s.min for s in point], dtype=np.int32),
        np.array([s.max for s in point], dtype=np.int32),
        np.array([s.min_raw for s in time], dtype=np.int64),
        np.array([s.max_raw for s in time], dtype=np.int64),
    )
