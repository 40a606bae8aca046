"""From the files of a facility and its kinds to the plant that the running parts use.

    kinds + facility files ─▶ each entry valid? ─▶ all names known? ─▶ points numbered ─▶ Plant

Errors: `ConfigurationErrors` with every mistake of every file.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.expression import compile_expression
from config.facility_checks import check_facility
from config.facility_files import KINDS_FOLDER, Entry, Found, read_facility, yaml_files
from config.facility_model import Asset
from config.kind import Kind
from config.kind_checks import KindChecks
from config.mistakes import ConfigurationErrors, Mistake
from config.plant import Plant, PlantAsset, PlantPoint
from config.point_numbers import MemoryNumbers, PointNumbers
from config.settings_model import Settings
from config.validation import validate
from config.yaml_source import read_source

SHIPPED_KINDS = Path(__file__).parent / KINDS_FOLDER
DEMO_FACILITY = Path(__file__).parent / "facility"


@dataclass
class Kinds:
    """The kinds that could be read, and the names of all that are written, broken ones too."""

    valid: dict[str, Kind] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    """Name → file."""
    mistakes: list[Mistake] = field(default_factory=list)


def load_plant(
    facility: Path | Settings | None,
    numbers: PointNumbers,
    *,
    detector_names: Collection[str] | None = None,
    shipped_kinds: Path = SHIPPED_KINDS,
) -> Plant:
    """The plant of a facility's folder, or of the one the settings name (None: the shipped demo).

    `detector_names`: the detectors there are; None leaves their names unchecked.
    Raises ConfigurationErrors.
    """
    folder = (facility.facility if isinstance(facility, Settings) else facility) or DEMO_FACILITY
    kinds, found, mistakes = examine(folder, detector_names=detector_names, shipped_kinds=shipped_kinds)
    if mistakes:
        raise ConfigurationErrors(mistakes)
    return _build(kinds, found, numbers)


def examine(
    facility: Path,
    *,
    detector_names: Collection[str] | None = None,
    shipped_kinds: Path = SHIPPED_KINDS,
) -> tuple[Kinds, Found, list[Mistake]]:
    """Everything that could be read of a facility and all that is wrong with it."""
    kinds = read_kinds([shipped_kinds, facility / KINDS_FOLDER], detector_names)
    found = read_facility(facility)
    crossed = check_facility(found, kinds.valid, kinds.written)
    return kinds, found, [*kinds.mistakes, *found.mistakes, *crossed]


def load_kinds(
    facility: Path | None = None,
    *,
    detector_names: Collection[str] | None = None,
    shipped_kinds: Path = SHIPPED_KINDS,
) -> dict[str, Kind]:
    """The shipped kinds and those of a facility's folder, by name. Raises ConfigurationErrors."""
    folders = [shipped_kinds] if facility is None else [shipped_kinds, facility / KINDS_FOLDER]
    kinds = read_kinds(folders, detector_names)
    if kinds.mistakes:
        raise ConfigurationErrors(kinds.mistakes)
    return kinds.valid


@functools.cache
def demo_plant() -> Plant:
    """The shipped demo campus, its points numbered in memory."""
    return load_plant(None, MemoryNumbers())


def read_kinds(folders: Sequence[Path], detector_names: Collection[str] | None = None) -> Kinds:
    """Every `*.yaml` of the folders as a kind."""
    kinds = Kinds()
    for folder in folders:
        for path in yaml_files(folder, kinds.mistakes):
            _read_kind(path, kinds, detector_names)
    return kinds


def _read_kind(path: Path, kinds: Kinds, detector_names: Collection[str] | None) -> None:
    source = read_source(path, kinds.mistakes)
    if source is None:
        kinds.written.setdefault(path.stem, str(path))
        return
    first = kinds.written.setdefault(path.stem, str(path))
    if first != str(path):
        problem = f"this kind stands in {first} already"
        kinds.mistakes.append(source.mistake(("kind",), problem, "Give it another name"))
    kind = validate(Kind, source.data, source, (), kinds.mistakes)
    if kind is None:
        return
    if kind.kind != path.stem:
        problem = "is not the name of its file"
        kinds.mistakes.append(source.mistake(("kind",), problem, f"Write {path.stem} or rename the file"))
    kinds.mistakes.extend(KindChecks(kind, source, detector_names).run())
    kinds.valid.setdefault(kind.kind, kind)


def _build(kinds: Kinds, found: Found, numbers: PointNumbers) -> Plant:
    entries = dict(found.assets)
    ids = [f"{asset}/{name}" for asset, e in entries.items() for name in _names(kinds.valid[e.value.kind])]
    numbered = numbers.numbers(ids)
    assets = (
        _asset(index, name, entry, kinds.valid[entry.value.kind], numbered)
        for index, (name, entry) in enumerate(entries.items())
    )
    return Plant(found.files(), kinds.valid, assets)


def _names(kind: Kind) -> Iterator[str]:
    yield from kind.points
    yield from kind.derived


def _asset(index: int, name: str, entry: Entry[Asset], kind: Kind, numbered: Mapping[str, int]) -> PlantAsset:
    site = name.split("/", maxsplit=1)[0]
    values = {parameter: p.value for parameter, p in kind.parameters.items()}
    return PlantAsset(
        index=index,
        id=name,
        site=site,
        kind=kind,
        entry=entry.value,
        device=f"{site}/{entry.value.device or entry.value.id}",
        fed_by=tuple(entry.value.fed_by),
        parameters={**values, **entry.value.parameters},
        points={point.name: point for point in _points(name, kind, numbered)},
    )


def _points(asset: str, kind: Kind, numbered: Mapping[str, int]) -> Iterator[PlantPoint]:
    for name, point in kind.points.items():
        yield PlantPoint(
            number=numbered[f"{asset}/{name}"],
            id=f"{asset}/{name}",
            asset=asset,
            name=name,
            title=point.title,
            unit=point.unit,
            role=point.role,
            type=point.type,
            plausible=point.plausible,
            normal=point.normal,
            interval_ns=point.interval,
            lateness_ns=point.lateness,
            decimals=point.decimals,
        )
    for name, derived in kind.derived.items():
        interval, lateness = _pace(kind, name)
        yield PlantPoint(
            number=numbered[f"{asset}/{name}"],
            id=f"{asset}/{name}",
            asset=asset,
            name=name,
            title=derived.title,
            unit=derived.unit,
            role=None,
            type="number",
            plausible=derived.plausible or (float("-inf"), float("inf")),
            normal=derived.normal,
            interval_ns=interval,
            lateness_ns=lateness,
            decimals=derived.decimals,
        )


def _pace(kind: Kind, derived: str) -> tuple[int, int]:
    """Interval and lateness of a derived point: those of the slowest point it is computed from."""
    everything = {*kind.points, *kind.derived, *kind.parameters}
    used, ahead = set(), {derived}
    while ahead:
        name = ahead.pop()
        used.add(name)
        if name in kind.derived:
            ahead |= compile_expression(kind.derived[name].expression, everything).names - used
    points = [kind.points[name] for name in used if name in kind.points] or list(kind.points.values())
    return max(p.interval for p in points), max(p.lateness for p in points)
