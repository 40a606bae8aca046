"""Make a manifest again from the files, after it was lost or damaged.

The journal is then compacted again from its oldest entry: the same readings twice do no harm.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from collector.stores.embedded.latest import Latest
from collector.stores.embedded.layout import data_files, number_in
from collector.stores.embedded.manifest import Day, Manifest, Part, Rollup, SetAside
from collector.stores.embedded.parquet import footer_checksum
from collector.stores.embedded.part_file import FileGone, PartDamaged, PartFiles, footer_of


def rebuilt(folder: Path, now_ns: int) -> Manifest:
    """The manifest that the files in the folder imply; files that cannot be read are listed as damaged."""
    manifest = Manifest()
    names = sorted(data_files(folder), key=number_in)
    manifest.next_number = max(map(number_in, names), default=0) + 1
    for name in names:
        if name.startswith("day="):
            try:
                part = _part(folder, name, now_ns)
            except (OSError, pa.ArrowException) as error:
                manifest.damaged.append(SetAside(name, str(error), 0, now_ns))
                continue
            manifest.days.setdefault(_day_in(name), Day()).parts.append(part)
    for name in names:
        if name.startswith("_hourly/") and _day_in(name) not in manifest.days:
            manifest.days[_day_in(name)] = Day([], Rollup(name, ()), trimmed=True)
    return manifest


def newest_in(manifest: Manifest, files: PartFiles) -> Latest:
    """The newest reading of every point in the parts; damaged parts are passed over."""
    latest = Latest()
    for day in manifest.days.values():
        for part in day.parts:
            with suppress(PartDamaged, FileGone):
                latest = latest.with_newer(files.read_all(part))
    return latest


def _day_in(name: str) -> str:
    return name.partition("day=")[2].partition("/")[0]


def _part(folder: Path, name: str, now_ns: int) -> Part:
    data = (folder / name).read_bytes()
    metadata = pq.read_metadata(pa.BufferReader(data))
    footer = footer_of(metadata)
    return Part(
        name, number_in(name), metadata.num_rows, len(data),
        int(footer.first.min()), int(footer.last.max()), int(footer.low.min()), int(footer.high.max()),
        zlib.crc32(data), footer_checksum(data), now_ns,
    )  # fmt: skip
