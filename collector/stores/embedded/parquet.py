"""Columns to Parquet files and back.

Files are sorted by point and time and cut into row groups so small that one point's day costs one of them.
Point and time are delta-packed. Values of sensors that round repeat, so a dictionary packs them into half of
what byte-split columns take; values that hardly repeat are byte-split instead.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from collector.journal.disk import Disk
from collector.reading import Float64s, ReadingBatch
from collector.stores.aggregates import Aggregates

ROWS_PER_GROUP = 32_768
_TIME = pa.timestamp("ns", "UTC")
_DELTA = "DELTA_BINARY_PACKED"
_SAMPLE = 4_096
_MOST_DISTINCT = 0.5  # of a sample; above it a dictionary takes more room than byte-split values


_READING_COLUMNS = {
    "point": (pa.int32(), np.int32),
    "time": (_TIME, np.int64),
    "value": (pa.float64(), np.float64),
    "quality": (pa.uint8(), np.uint8),
    "source": (pa.uint8(), np.uint8),
}
_HOUR_COLUMNS = {
    "point": (pa.int32(), np.int32),
    "hour": (_TIME, np.int64),
    "count": (pa.int64(), np.int64),
    **{name: (pa.float64(), np.float64) for name in ("min", "max", "mean", "first", "last")},
}


def _table(columns: dict[str, tuple[Any, Any]], arrays: list[npt.NDArray[Any]]) -> Any:
    """An Arrow table over the arrays' own memory (pyarrow's conversions would load pandas first)."""
    wrapped = [
        pa.Array.from_buffers(kind, len(array), [None, pa.py_buffer(np.ascontiguousarray(array, dtype))])
        for (kind, dtype), array in zip(columns.values(), arrays, strict=True)
    ]
    return pa.table(wrapped, names=list(columns))


def _arrays(columns: dict[str, tuple[Any, Any]], table: Any) -> list[npt.NDArray[Any]]:
    """The columns of such a table as arrays."""
    if not len(table):
        return [np.empty(0, dtype) for _, dtype in columns.values()]
    chunks = [(table.column(name).combine_chunks(), np.dtype(dtype)) for name, (_, dtype) in columns.items()]
    return [
        np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)
        for array, dtype in chunks
    ]


def readings_table(readings: ReadingBatch) -> Any:
    """The columns point, time, value, quality, source as an Arrow table."""
    return _table(_READING_COLUMNS, [getattr(readings, name) for name in _READING_COLUMNS])


def readings_from(table: Any) -> ReadingBatch:
    """The readings of such a table."""
    point, time, value, quality, source = _arrays(_READING_COLUMNS, table)
    return ReadingBatch(point, time, value, quality, source, received_at=0)


def write_readings(path: Path, readings: ReadingBatch, disk: Disk) -> tuple[int, int, int]:
    """Write sorted readings to a new file; durable, folder entry too, when this returns.

    Returns its size and the checksums of the file and of its footer.
    """
    encodings = {"point": _DELTA, "time": _DELTA}
    dictionary = ["quality", "source"]
    if _repeats(readings.value):
        dictionary.append("value")
    else:
        encodings["value"] = "BYTE_STREAM_SPLIT"
    return _write(path, readings_table(readings), encodings, dictionary, disk)


def write_aggregates(path: Path, rows: Aggregates, disk: Disk) -> None:
    """Write hourly rows to a new file."""
    names = ("point", "window", *list(_HOUR_COLUMNS)[2:])
    table = _table(_HOUR_COLUMNS, [getattr(rows, name) for name in names])
    _write(path, table, {"point": _DELTA, "hour": _DELTA}, [], disk)


def read_aggregates(path: Path) -> Aggregates:
    """The rows of such a file."""
    table = pq.ParquetFile(path, page_checksum_verification=True).read(use_threads=False)
    return Aggregates(*_arrays(_HOUR_COLUMNS, table))


def _repeats(values: Float64s) -> bool:
    """Whether few values occur often, judged by runs spread over the column."""
    if len(values) <= 4 * _SAMPLE:
        return _distinct(values) < _MOST_DISTINCT
    begins = np.linspace(0, len(values) - _SAMPLE, 4).astype(int)
    return float(np.mean([_distinct(values[at : at + _SAMPLE]) for at in begins])) < _MOST_DISTINCT


def _distinct(values: Float64s) -> float:
    return len(np.unique(values)) / max(1, len(values))


def _write(
    path: Path, table: Any, encodings: dict[str, str], dictionary: list[str], disk: Disk
) -> tuple[int, int, int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.tmp")
    try:
        pq.write_table(
            table,
            aside,
            row_group_size=ROWS_PER_GROUP,
            compression="zstd",
            use_dictionary=dictionary,
            column_encoding=encodings,
            write_statistics=[name for name in ("point", "time") if name in table.column_names],
            write_page_checksum=True,
            store_schema=False,
        )
        fd = disk.open(aside)
        try:
            disk.sync(fd)  # before the rename, or a power cut could leave the name with nothing behind it
            size = os.fstat(fd).st_size
            data = os.pread(fd, size, 0)
        finally:
            os.close(fd)
        aside.replace(path)
        disk.sync_folder(path.parent)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    return size, zlib.crc32(data), footer_checksum(data)


def footer_checksum(data: bytes) -> int:
    """CRC-32 of the footer at the end of a file's bytes."""
    return zlib.crc32(data[-footer_bytes(data) :])


def footer_bytes(tail: bytes) -> int:
    """Size of the footer, from the last 8 bytes of the file: its length and the closing magic."""
    return int.from_bytes(tail[-8:-4], "little") + 8
