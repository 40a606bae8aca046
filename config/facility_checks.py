"""What no file of a facility sees alone: that all they name exists, and that nothing goes in circles."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import holidays

from config.expression import ExpressionError, compile_expression
from config.facility_files import Entry, Found
from config.facility_model import AlarmOverride, Asset
from config.kind import AlarmRule, Kind
from config.mistakes import Mistake, Where, choose

SYSTEM_SITE = "system"
"""The name under which the product's own parts raise alarms; no site may have it."""


def check_facility(found: Found, kinds: Mapping[str, Kind], kind_names: Collection[str]) -> Iterator[Mistake]:
    """Every mistake between the entries. `kind_names` includes kinds whose own file is broken."""
    yield from _sites(found)
    yield from _spaces(found)
    for name, entry in found.assets.items():
        yield from _asset(name, entry, found, kind_names)
        kind = kinds.get(entry.value.kind)
        if kind is not None:
            yield from _asset_of_kind(entry, kind)
    yield from _feeding_circles(found)
    yield from _people(found)
    yield from _calendar(found)


def _sites(found: Found) -> Iterator[Mistake]:
    for name, (source, _) in found.written.get("folders", {}).items():
        if name not in found.names("sites"):
            problem = f"lies in the folder of {name}, which is no site"
            yield source.mistake((), problem, choose(name, found.names("sites")))
    for name, entry in found.sites.items():
        if name == SYSTEM_SITE:
            yield entry.mistake((), "is the name of the product's own parts", "Choose another id")
        if entry.value.time_zone not in zoneinfo.available_timezones():
            remedy = choose(entry.value.time_zone, zoneinfo.available_timezones())
            yield entry.mistake(("time_zone",), "is no time zone", remedy)
        yield from _country(entry.value.country, entry, ("country",))


def _country(code: str, entry: Entry[Any], where: Where) -> Iterator[Mistake]:
    if code not in holidays.list_supported_countries(include_aliases=False):
        yield entry.mistake(where, "is no country code", "Write two letters such as CN, DE or US")


def _spaces(found: Found) -> Iterator[Mistake]:
    within = {}
    for name, entry in found.spaces.items():
        if entry.value.within is None:
            continue
        site = name.split("/", maxsplit=1)[0]
        holder = f"{site}/{entry.value.within}"
        within[name] = [holder]
        yield from _named(
            entry, ("within",), entry.value.within, _at_site(found, "spaces", site), "space of this site"
        )
    for circle in _circles(within):
        problem = f"lies within itself ({' → '.join(circle)})"
        yield found.spaces[circle[0]].mistake(("within",), problem, "Break the circle")


def _at_site(found: Found, section: str, site: str) -> list[str]:
    prefix = f"{site}/"
    return [n.removeprefix(prefix) for n in found.names(section) if n.startswith(prefix)]


def _named(
    entry: Entry[Any], where: Where, name: str, valid: Collection[str], what: str
) -> Iterator[Mistake]:
    if name not in valid:
        yield entry.mistake(where, f"is no {what}", choose(name, valid))


def _asset(name: str, entry: Entry[Asset], found: Found, kind_names: Collection[str]) -> Iterator[Mistake]:
    asset, site = entry.value, name.split("/", maxsplit=1)[0]
    yield from _named(entry, ("kind",), asset.kind, kind_names, "kind of equipment")
    yield from _named(entry, ("space",), asset.space, _at_site(found, "spaces", site), "space of this site")
    for index, feeder in enumerate(asset.fed_by):
        others = [other for other in found.names("assets") if other != name]
        yield from _named(entry, ("fed_by", index), feeder, others, "other asset")
    carrier = found.assets.get(f"{site}/{asset.device}")
    if carrier is not None and carrier.value.device not in (None, asset.device):
        problem = f"is an asset that {carrier.value.device} carries, so it publishes nothing"
        yield entry.mistake(("device",), problem, f"Write {carrier.value.device}")
    if asset.installed and asset.warranty_until and asset.warranty_until < asset.installed:
        yield entry.mistake(("warranty_until",), "lies before `installed`", "Correct one of the two")


def _asset_of_kind(entry: Entry[Asset], kind: Kind) -> Iterator[Mistake]:
    for name in entry.value.parameters:
        yield from _named(entry, ("parameters", name), name, kind.parameters, f"parameter of {kind.kind}")
    names = {*kind.points, *kind.derived, *kind.parameters}
    for name, override in entry.value.alarms.items():
        rule = kind.alarms.get(name)
        if rule is None:
            yield from _named(entry, ("alarms", name), name, kind.alarms, f"alarm of {kind.kind}")
        else:
            yield from _override(entry, name, override, rule, names)


def _override(
    entry: Entry[Asset], name: str, override: AlarmOverride, rule: AlarmRule, names: set[str]
) -> Iterator[Mistake]:
    for side, limit, original in (
        ("above", override.above, rule.above),
        ("below", override.below, rule.below),
    ):
        if limit is None:
            continue
        if original is None:
            problem = f"the alarm {name} has no limit `{side}`"
            yield entry.mistake(("alarms", name, side), problem, "Override what its kind has")
        try:
            compile_expression(limit, names)
        except ExpressionError as error:
            yield entry.mistake(("alarms", name, side), error.problem, error.remedy)


def _feeding_circles(found: Found) -> Iterator[Mistake]:
    feeders = {name: [str(f) for f in entry.value.fed_by] for name, entry in found.assets.items()}
    for circle in _circles(feeders):
        problem = f"is fed by itself ({' ← '.join(circle)})"
        yield found.assets[circle[0]].mistake(("fed_by",), problem, "Break the circle")


def _circles(edges: Mapping[str, list[str]]) -> Iterator[list[str]]:
    """Each circle once, from its first name in the alphabet round to it again."""
    done: set[str] = set()
    for start in sorted(edges):
        if start in done:
            continue
        trail, ahead = [start], [iter(edges[start])]
        while trail:
            following = next(ahead[-1], None)
            if following is None:
                done.add(trail.pop())
                ahead.pop()
            elif following in trail:
                ring = trail[trail.index(following) :]
                turn = ring.index(min(ring))
                yield [*ring[turn:], *ring[:turn], ring[turn]]
            elif following in edges and following not in done:
                trail.append(following)
                ahead.append(iter(edges[following]))


def _people(found: Found) -> Iterator[Mistake]:
    for entry in found.crews.values():
        for index, site in enumerate(entry.value.sites):
            yield from _named(entry, ("sites", index), site, found.names("sites"), "site")
    for person in found.people.values():
        yield from _named(person, ("crew",), person.value.crew, found.names("crews"), "crew")
    for shift in found.rota:
        yield from _named(shift, ("crew",), shift.value.crew, found.names("crews"), "crew")
        yield from _named(shift, ("person",), shift.value.person, found.names("people"), "person")


def _calendar(found: Found) -> Iterator[Mistake]:
    entry = found.calendar
    if entry is None:
        return
    calendar = entry.value
    yield from _country(calendar.country, entry, ("country",))
    for index, term in enumerate(calendar.terms):
        if term.end < term.start:
            yield entry.mistake(("terms", index, "to"), "lies before `from`", "Correct one of the two")
    for index, day in enumerate(calendar.open):
        if day in calendar.closed:
            yield entry.mistake(("open", index), "is a closed day as well", "Keep it in one of the two")
