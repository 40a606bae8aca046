"""Reading public data as it lies there (packed or not), and writing predictions."""

from __future__ import annotations

import csv
import gzip
import io
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from collector.reading import Float64s

Texts = npt.NDArray[np.str_]
Table = dict[str, Texts]
T = TypeVar("T")
MAX_MEMBER_BYTES = 1 << 30


class UnreadableDataError(Exception):
    """The folder does not hold what the track reads; the message says what was looked for."""


def texts(folder: Path, *endings: str) -> Iterator[tuple[str, str]]:
    """(relative path, content) of every file with one of these endings, also inside .gz and .tar.* files.

    Raises UnreadableDataError if there is none.
    """
    found = False
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        relative = path.relative_to(folder).as_posix()
        for name, content in _unpacked(path, relative):
            if name.endswith(endings):
                found = True
                yield name, content.decode("utf-8", errors="replace")
    if not found:
        raise UnreadableDataError(f"{folder} holds no file ending in {' or '.join(endings)}")


def _unpacked(path: Path, relative: str) -> Iterator[tuple[str, bytes]]:
    if ".tar" in path.suffixes[-2:]:
        inside = relative.rpartition("/")[0]
        with tarfile.open(path) as archive:
            members = [m for m in archive.getmembers() if m.isfile() and m.size <= MAX_MEMBER_BYTES]
            for member in sorted(members, key=lambda one: one.name):
                stream = archive.extractfile(member)
                assert stream is not None
                yield "/".join(filter(None, (inside, member.name.removeprefix("./")))), stream.read()
    elif path.suffix == ".gz":
        with gzip.open(path) as packed:
            yield relative.removesuffix(".gz"), packed.read()
    else:
        yield relative, path.read_bytes()


def table(text: str, delimiter: str = ",") -> Table:
    """Columns of a delimited text by the names in its first line; an empty text has no columns."""
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if not rows:
        return {}
    names = [name.strip().lstrip("\ufeff") for name in rows[0]]
    body = np.array([row[: len(names)] + [""] * (len(names) - len(row)) for row in rows[1:]], dtype=np.str_)
    return {name: body[:, at] if len(body) else body for at, name in enumerate(names)}


def floats(column: Texts) -> Float64s:
    """Numbers of a column; what is empty or no number is NaN."""
    try:
        return column.astype(np.float64)
    except ValueError:
        return np.array([_number(cell) for cell in column])


def expected(found: list[T], message: str) -> list[T]:
    """What was found; raises UnreadableDataError with the message if that is nothing."""
    if not found:
        raise UnreadableDataError(message)
    return found


def labels(columns: Table, name: str) -> Float64s | None:
    """A column of labels, or None where the column is missing or has no number in it."""
    if name not in columns:
        return None
    found = floats(columns[name])
    return found if len(found) and np.isfinite(found).any() else None


def write_table(path: Path, columns: Mapping[str, Iterable[Any]]) -> None:
    """Write columns of equal length as CSV with a header line; folders are created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")
