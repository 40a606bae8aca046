"""The commands `export readings` and `export alarms`: what the node knows, as files for other programs."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from analytics.alarms.queries import LONGEST_PAGE, AlarmFilter
from analytics.alarms.service import AlarmService
from api.services.readings import QUALITY_NAMES, SOURCE_NAMES
from api.times import parse_time, rfc3339_column
from collector.reading import Int32s, ReadingBatch
from collector.stores import open_store
from config.cli import settings_or_exit
from config.clock import DAY, SystemClock
from config.database import open_engine
from config.loading import load_plant
from config.plant import Plant
from config.point_numbers import StoredNumbers

if TYPE_CHECKING:
    from collector.stores.base import Store

_POINTS_AT_ONCE = 200
_COLUMNS = ("point", "time", "value", "unit", "quality", "source")
Columns = dict[str, list[Any]]


def _moment(_context: click.Context, parameter: click.Parameter, value: str | None) -> int | None:
    from api.problems import Problem

    try:
        return None if value is None else parse_time(str(parameter.name), value)
    except Problem as problem:
        raise click.BadParameter(str(problem.remedy)) from None


@click.command("readings")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--start", required=True, callback=_moment, help="RFC 3339 or milliseconds since 1970.")
@click.option("--end", required=True, callback=_moment, help="The first moment that is not wanted.")
@click.option("--asset", "assets", multiple=True, help="site/asset; repeat for several; left out: all.")
def readings(file: Path, start: int, end: int, assets: tuple[str, ...]) -> None:
    """Write readings to FILE (.csv or .parquet), by point and time."""
    if file.suffix not in (".csv", ".parquet"):
        raise click.BadParameter("write a name that ends in .csv or .parquet", param_hint="FILE")
    settings = settings_or_exit()
    engine = open_engine(settings)
    plant = load_plant(settings, StoredNumbers(engine))
    store = open_store(settings, plant, SystemClock())
    try:
        count = (_to_csv if file.suffix == ".csv" else _to_parquet)(
            file, (_columns(b, plant) for b in _batches(store, _chosen(plant, assets), start, end))
        )
    finally:
        store.close()
        engine.dispose()
    click.echo(f"{count} readings in {file}", err=True)


def _chosen(plant: Plant, assets: tuple[str, ...]) -> list[int]:
    for name in assets:
        if name not in plant.assets:
            raise click.BadParameter(f"there is no asset {name}", param_hint="--asset")
    wanted = [plant.assets[a] for a in assets] if assets else plant.by_index
    return sorted(p.number for a in wanted for p in a.points.values())


def _batches(store: Store, numbers: list[int], start: int, end: int) -> Iterator[ReadingBatch]:
    """A day of a group of points at a time, so that memory stays small."""
    import numpy as np

    for first in range(0, len(numbers), _POINTS_AT_ONCE):
        group: Int32s = np.asarray(numbers[first : first + _POINTS_AT_ONCE], dtype=np.int32)
        for day in range(start, end, DAY):
            found = store.range(group, day, min(day + DAY, end))
            if len(found):
                yield found


def _columns(batch: ReadingBatch, plant: Plant) -> Columns:
    points = [plant.by_number[number] for number in batch.point.tolist()]
    return {
        "point": [p.id for p in points],
        "time": rfc3339_column(batch.time),
        "value": batch.value.tolist(),
        "unit": [p.unit for p in points],
        "quality": [QUALITY_NAMES[q] for q in batch.quality.tolist()],
        "source": [SOURCE_NAMES[s] for s in batch.source.tolist()],
    }


def _to_csv(file: Path, batches: Iterator[Columns]) -> int:
    count = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(_COLUMNS)
        for columns in batches:
            writer.writerows(zip(*(columns[name] for name in _COLUMNS), strict=True))
            count += len(columns["point"])
    return count


def _to_parquet(file: Path, batches: Iterator[Columns]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    words = pa.dictionary(pa.int32(), pa.string())
    kinds = {"time": pa.timestamp("ms", "UTC"), "value": pa.float64()}
    schema = pa.schema([(name, kinds.get(name, words)) for name in _COLUMNS])
    count = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for columns in batches:
            columns["time"] = [datetime.fromisoformat(t) for t in columns["time"]]
            writer.write_table(pa.table(columns, schema=schema))
            count += len(columns["point"])
    return count


@click.command("alarms")
@click.option("--since", callback=_moment, help="All that began after it; left out: all there are.")
def alarms(since: int | None) -> None:
    """Print alarms as JSON, one a line, the newest first."""
    settings = settings_or_exit()
    engine = open_engine(settings)
    service = AlarmService(engine, load_plant(settings, StoredNumbers(engine)), SystemClock())
    cursor = None
    while True:
        page = service.list(AlarmFilter(since=since or 0), cursor=cursor, limit=LONGEST_PAGE)
        for alarm in page.items:
            sys.stdout.buffer.write(orjson.dumps(alarm.as_json()) + b"\n")
        cursor = page.next
        if cursor is None:
            break
    engine.dispose()


EXPORTS = (readings, alarms)
