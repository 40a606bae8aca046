"""What stands where, what feeds what, and who looks after it: the facility as its files describe it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from config.durations import Duration
from config.kind import Expression, Family, Name, Priority
from config.text import Text

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", strict=True)]
AssetId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*$", strict=True)]


Weekday = Annotated[int, Field(ge=0, le=6)]
_TIME = r"^([01]\d|2[0-3]):[0-5]\d$"
_DAY_OF_YEAR = r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"
DayOfYear = Annotated[str, StringConstraints(pattern=_DAY_OF_YEAR)]


class Part(BaseModel):
    """A strict piece of a facility file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Site(Part):
    """A place with plant of its own, one time zone and one local law."""

    title: Text
    time_zone: str = "Asia/Shanghai"
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    country: str = "CN"


class Space(Part):
    """A building, floor or room; `within` names the space that holds it."""

    title: Text
    use: Literal["building", "floor", "room", "plant_room", "kitchen", "outdoor"] = "room"
    within: Slug | None = None
    area_m2: float | None = Field(default=None, gt=0)


class AlarmOverride(Part):
    """What this asset has otherwise than its kind."""

    above: Expression | None = None
    below: Expression | None = None
    deadband: float | None = Field(default=None, ge=0)
    on_delay: Duration | None = None
    off_delay: Duration | None = None
    priority: Priority | None = None
    disabled: bool = False
    reason: str = Field(min_length=3)


class Asset(Part):
    """One piece of equipment. Within its site's file the id has no site: `boiler-1`."""

    id: Slug
    kind: Name
    title: Text
    space: Slug
    fed_by: list[AssetId] = Field(default_factory=list)
    device: Slug | None = None
    """The publisher that carries it; None: the asset publishes for itself."""
    parameters: dict[Name, float] = Field(default_factory=dict)
    alarms: dict[Name, AlarmOverride] = Field(default_factory=dict)
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    installed: dt.date | None = None
    warranty_until: dt.date | None = None
    price: float | None = Field(default=None, ge=0)
    criticality: Literal["A", "B", "C"] = "B"


class Person(Part):
    """Somebody who can be told, or who works."""

    name: Text
    crew: Slug
    phone: str | None = None
    email: str | None = None
    language: Literal["en", "zh"] = "zh"
    skills: dict[Name, dt.date | None] = Field(default_factory=dict)
    """Skill and the day its certificate expires (empty: it does not)."""


class Crew(Part):
    """People who look after families of equipment at sites."""

    title: Text
    sites: list[Slug] = Field(min_length=1)
    families: list[Family] = Field(min_length=1)
    contractor: bool = False


class Shift(Part):
    """A stretch of the weekly rota: days 0 (Monday) to 6, from and to as HH:MM; `to` may be past midnight."""

    crew: Slug
    person: Slug
    days: list[Weekday] = Field(min_length=1)
    start: str = Field(alias="from", pattern=_TIME)
    end: str = Field(alias="to", pattern=_TIME)


class Term(Part):
    """A stretch of the school year."""

    title: Text
    start: dt.date = Field(alias="from")
    end: dt.date = Field(alias="to")


class Calendar(Part):
    """Which days are work: national holidays and make-up workdays come from the country's own table."""

    country: str = "CN"
    terms: list[Term] = Field(default_factory=list)
    heating_season: tuple[DayOfYear, DayOfYear] = ("11-15", "03-15")
    """First and last day, as MM-DD."""
    closed: list[dt.date] = Field(default_factory=list)
    open: list[dt.date] = Field(default_factory=list)


class FacilityFiles(Part):
    """All that the files of one facility folder say together."""

    title: Text
    sites: dict[Slug, Site] = Field(min_length=1)
    spaces: dict[Slug, dict[Slug, Space]]
    """By site, then by id."""
    assets: dict[Slug, list[Asset]]
    """By site."""
    crews: dict[Slug, Crew] = Field(default_factory=dict)
    people: dict[Slug, Person] = Field(default_factory=dict)
    rota: list[Shift] = Field(default_factory=list)
    calendar: Calendar = Field(default_factory=Calendar)
