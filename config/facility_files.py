"""The folder of a facility, read entry by entry, so that one mistake hides no other.

    facility/
      *.yaml            title, sites, calendar, crews, people, rota
      <site>/*.yaml     spaces and assets of that site
      kinds/*.yaml      kinds of equipment of its own

Files may be split and named at will: what they say is put together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from config.facility_model import (
    Asset,
    Calendar,
    Crew,
    FacilityFiles,
    Person,
    Shift,
    Site,
    Slug,
    Space,
)
from config.mistakes import Mistake, Where, choose
from config.text import Text
from config.validation import validate
from config.yaml_source import Source, read_source

KINDS_FOLDER = "kinds"
Model = TypeVar("Model", bound=BaseModel)

_SINGLE: dict[str, type[BaseModel]] = {"title": Text, "calendar": Calendar}
_MAPPINGS: dict[str, type[BaseModel]] = {"sites": Site, "crews": Crew, "people": Person}
_TOP_KEYS = [*_SINGLE, *_MAPPINGS, "rota"]
_SITE_KEYS = ["spaces", "assets"]
_SLUG = TypeAdapter(Slug)


@dataclass(frozen=True)
class Entry(Generic[Model]):
    """A valid piece of a file and where it stands."""

    value: Model
    source: Source
    where: Where

    def mistake(self, inside: Where, problem: str, remedy: str) -> Mistake:
        """A mistake at a key inside this piece."""
        return self.source.mistake((*self.where, *inside), problem, remedy)


@dataclass
class Found:
    """Everything read so far. Ids of assets and spaces are `site/id`.

    `written` holds every id that stands in a file, its entry valid or not, so that a reference to a broken
    entry is no second mistake.
    """

    title: Entry[Text] | None = None
    calendar: Entry[Calendar] | None = None
    sites: dict[str, Entry[Site]] = field(default_factory=dict)
    spaces: dict[str, Entry[Space]] = field(default_factory=dict)
    assets: dict[str, Entry[Asset]] = field(default_factory=dict)
    crews: dict[str, Entry[Crew]] = field(default_factory=dict)
    people: dict[str, Entry[Person]] = field(default_factory=dict)
    rota: list[Entry[Shift]] = field(default_factory=list)
    written: dict[str, dict[str, tuple[Source, Where]]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def names(self, section: str) -> list[str]:
        """All ids written in a section."""
        return list(self.written.get(section, {}))

    def files(self) -> FacilityFiles:
        """The facility as one value; only for a facility without mistakes."""
        sites = {name: entry.value for name, entry in self.sites.items()}
        return FacilityFiles.model_construct(
            title=self.title.value if self.title else Text(en="Facility", zh="设施"),
            sites=sites,
            spaces={site: _of_site(site, self.spaces) for site in sites},
            assets={site: list(_of_site(site, self.assets).values()) for site in sites},
            crews={name: entry.value for name, entry in self.crews.items()},
            people={name: entry.value for name, entry in self.people.items()},
            rota=[entry.value for entry in self.rota],
            calendar=self.calendar.value if self.calendar else Calendar(),
        )


def _of_site(site: str, entries: dict[str, Entry[Model]]) -> dict[str, Model]:
    return {
        name.removeprefix(f"{site}/"): e.value for name, e in entries.items() if name.startswith(f"{site}/")
    }


def read_facility(folder: Path) -> Found:
    """Reads every file of a facility's folder; its mistakes are in `mistakes`. No cross-checks yet."""
    found = Found()
    if not folder.is_dir():
        problem, remedy = "is no folder", "Name the facility's folder (CARETAKER_FACILITY)"
        found.mistakes.append(Mistake(str(folder), 0, "", None, problem, remedy))
        return found
    for path in yaml_files(folder, found.mistakes):
        _read_top(path, found)
    for site_folder in sorted(p for p in folder.iterdir() if p.is_dir() and p.name != KINDS_FOLDER):
        for path in yaml_files(site_folder, found.mistakes):
            _read_site(path, site_folder.name, found)
    if "title" not in found.written and not found.mistakes:
        problem, remedy = "the facility has no title", "Add `title: {en: …, zh: …}` to one of its files"
        found.mistakes.append(Mistake(str(folder), 0, "title", None, problem, remedy))
    return found


def yaml_files(folder: Path, mistakes: list[Mistake]) -> list[Path]:
    """The YAML files of a folder in order of name; one with the wrong ending is a mistake, not overlooked."""
    mistakes.extend(
        Mistake(str(path), 0, "", None, "would be overlooked", "Let its name end in .yaml")
        for path in folder.glob("*.yml")
    )
    return sorted(p for p in folder.glob("*.yaml") if not p.name.startswith("."))


def _read_top(path: Path, found: Found) -> None:
    source = read_source(path, found.mistakes)
    if source is None:
        return
    _check_keys(source, _TOP_KEYS, found)
    for section, model in _SINGLE.items():
        if section in source.data and _is_new(section, section, source, (section,), found):
            value = validate(model, source.data[section], source, (section,), found.mistakes)
            if value is not None:
                setattr(found, section, Entry(value, source, (section,)))
    for section, model in _MAPPINGS.items():
        _read_mapping(section, model, "", source, found)
    rota = source.data.get("rota") or []
    for index, data in enumerate(rota if _is(list, rota, "rota", source, found) else []):
        shift = validate(Shift, data, source, ("rota", index), found.mistakes)
        if shift is not None:
            found.rota.append(Entry(shift, source, ("rota", index)))


def _read_site(path: Path, site: str, found: Found) -> None:
    source = read_source(path, found.mistakes)
    if source is None:
        return
    found.written.setdefault("folders", {}).setdefault(site, (source, ()))
    _check_keys(source, _SITE_KEYS, found)
    _read_mapping("spaces", Space, f"{site}/", source, found)
    assets = source.data.get("assets") or []
    for index, data in enumerate(assets if _is(list, assets, "assets", source, found) else []):
        where: Where = ("assets", index)
        name = str(data.get("id", "")) if isinstance(data, dict) else ""
        new = not name or _is_new("assets", f"{site}/{name}", source, (*where, "id"), found)
        asset = validate(Asset, data, source, where, found.mistakes)
        if asset is not None and new:
            found.assets[f"{site}/{name}"] = Entry(asset, source, where)


def _read_mapping(section: str, model: type[BaseModel], prefix: str, source: Source, found: Found) -> None:
    entries = source.data.get(section) or {}
    if not _is(dict, entries, section, source, found):
        return
    for name, data in entries.items():
        where: Where = (section, name)
        if not _is_new(section, prefix + name, source, where, found):
            continue
        _check_slug(name, source, where, found)
        value = validate(model, data, source, where, found.mistakes)
        if value is not None:
            getattr(found, section)[prefix + name] = Entry(value, source, where)


def _check_slug(name: str, source: Source, where: Where, found: Found) -> None:
    try:
        _SLUG.validate_python(name)
    except ValidationError:
        remedy = "Use lower-case letters, digits and -, beginning with a letter or digit"
        found.mistakes.append(source.mistake(where, "is no id", remedy))


def _is(wanted: type, data: object, section: str, source: Source, found: Found) -> bool:
    if isinstance(data, wanted):
        return True
    remedy = "Write one `- entry` a line" if wanted is list else "Write `id:` lines below it"
    problem = "should be a list" if wanted is list else "should be a mapping"
    found.mistakes.append(source.mistake((section,), problem, remedy))
    return False


def _is_new(section: str, name: str, source: Source, where: Where, found: Found) -> bool:
    first = found.written.setdefault(section, {}).setdefault(name, (source, where))
    if first == (source, where):
        return True
    problem = f"stands in {first[0].file}:{first[0].line(first[1])} already"
    found.mistakes.append(source.mistake(where, problem, "Keep one, or give it another id"))
    return False


def _check_keys(source: Source, valid: list[str], found: Found) -> None:
    for key in source.data:
        if key not in valid:
            found.mistakes.append(source.mistake((key,), "is no key that is known here", choose(key, valid)))
