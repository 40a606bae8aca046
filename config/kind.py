"""A kind of equipment, as its YAML file describes it (`config/kinds/<kind>.yaml`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from config.durations import Duration
from config.mistakes import RefusedError
from config.text import Text

Family = Literal["boiler", "heating", "fire", "canteen", "utility"]
Priority = Literal["critical", "high", "medium", "low"]
Mark = Literal["V", "S", "X", "D", "E", "M"]
Role = Literal["sensor", "state", "setpoint", "command", "counter", "manual"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$", strict=True)]
Expression = float | str
"""A number, or an expression over points, derived points and parameters (see `config.expression`)."""


_CONDITION = "Write `point` with exactly one of above, below, equals (or `when`)"


class Part(BaseModel):
    """A strict piece of a kind file: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sourced(Part):
    """Something with a limit in it says where the limit comes from and how far that was verified."""

    source: str = Field(min_length=3)
    mark: Mark


class Parameter(Part):
    """A number of the asset (rated power, design temperature) that a facility may set per asset."""

    title: Text
    unit: str
    value: float
    source: str = "default"
    mark: Mark = "E"


class Point(Part):
    """A measured quantity."""

    title: Text
    unit: str
    role: Role = "sensor"
    type: Literal["number", "bool"] = "number"
    plausible: tuple[float, float]
    normal: tuple[float, float] | None = None
    interval: Duration
    lateness: Duration = Field(default=600 * 10**9)
    haystack: str | None = None
    brick: str | None = None
    decimals: int = Field(default=1, ge=0, le=6)

    @model_validator(mode="after")
    def _ranges_rise(self) -> Point:
        for name, span in (("plausible", self.plausible), ("normal", self.normal)):
            if span is not None and not span[0] < span[1]:
                raise RefusedError(
                    f"the range `{name}` does not rise", "Write the lower limit first, then a higher one"
                )
        return self


class DerivedPoint(Part):
    """A quantity computed from others of the same asset, row by row or over a trailing window."""

    title: Text
    unit: str
    expression: str
    when: str | None = None
    plausible: tuple[float, float] | None = None
    normal: tuple[float, float] | None = None
    decimals: int = Field(default=1, ge=0, le=6)
    source: str | None = None


class AlarmRule(Sourced):
    """A condition that needs somebody's action.

    Either `point` with exactly one of `above`, `below`, `equals` (the deadband works against it), or `when`,
    an expression that is true while the condition holds.
    """

    title: Text
    point: Name | None = None
    above: Expression | None = None
    below: Expression | None = None
    equals: float | None = None
    when: str | None = None
    deadband: float = Field(default=0.0, ge=0)
    on_delay: Duration = 0
    off_delay: Duration = 0
    enabled_by: str | None = None
    priority: Priority
    latched: bool = False
    realarm: Duration | None = None
    suppressed_by_feeder: bool = False
    cause: Text
    guidance: Text
    consequence: Text

    @model_validator(mode="after")
    def _one_condition(self) -> AlarmRule:
        given = [n for n in ("above", "below", "equals") if getattr(self, n) is not None]
        if self.when is not None and (self.point is not None or given):
            raise RefusedError("has two conditions", "Write either `when` or `point` with a limit, not both")
        if self.when is None and (self.point is None or len(given) != 1):
            raise RefusedError("has no clear condition", _CONDITION)
        return self


class DetectorUse(Part):
    """A detector of `analytics/detectors/` laid over points of this kind."""

    use: Name
    points: list[Name] = Field(min_length=1)
    options: dict[str, float | str | list[str]] = Field(default_factory=dict)


class Symptom(Part):
    """One sign of a fault: an expression that is true when the sign is seen, and how strongly it speaks.

    `likelihood` = P(sign | this fault), `background` = P(sign | healthy).
    """

    name: Name
    title: Text
    when: str
    likelihood: float = Field(gt=0, lt=1)
    background: float = Field(gt=0, lt=1)


class FaultModel(Part):
    """A named cause with its signs, first checks and what happens if nothing is done."""

    title: Text
    prior: float = Field(gt=0, lt=1)
    symptoms: list[Symptom] = Field(min_length=1)
    first_checks: list[Text] = Field(min_length=1)
    consequence: Text
    explains: list[Name] = Field(default_factory=list)
    """Alarm rules of this kind that this fault explains."""


class MaintenancePlan(Sourced):
    """Work that must be done again and again, and what it hangs on."""

    title: Text
    basis: Literal["calendar", "runtime", "cycles", "condition", "law"]
    every: Duration | None = None
    every_hours: float | None = Field(default=None, gt=0)
    every_cycles: float | None = Field(default=None, gt=0)
    counter: Name | None = None
    when: str | None = None
    tolerance: float = Field(default=0.1, ge=0, le=0.5)
    season: Literal["heating", "summer", "holiday", "any"] = "any"
    skill: Name
    minutes: int = Field(gt=0)
    people: int = Field(default=1, ge=1)
    outage: bool = False
    absorbed_by: list[Name] = Field(default_factory=list)
    parts: dict[str, int] = Field(default_factory=dict)
    checklist: list[Text] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_a_basis(self) -> MaintenancePlan:
        needs = {
            "calendar": self.every,
            "law": self.every,
            "runtime": self.every_hours,
            "cycles": self.every_cycles,
            "condition": self.when,
        }
        if needs[self.basis] is None:
            wanted = {"runtime": "every_hours", "cycles": "every_cycles", "condition": "when"}
            raise RefusedError(
                f"has no interval for its basis {self.basis}", f"Add `{wanted.get(self.basis, 'every')}:`"
            )
        if self.basis in ("runtime", "cycles") and self.counter is None:
            raise RefusedError(
                f"has nothing that counts for its basis {self.basis}", "Add `counter:`, the point that counts"
            )
        return self


class SimulatedPoint(Part):
    """How a point without physics of its own moves: level + daily swing + noise, or a state."""

    level: float
    daily: float = 0.0
    noise: float = 0.0


class SimulatedFault(Part):
    """A fault the simulator can plant, and the alarms that must follow from it."""

    title: Text
    raises: list[Name] = Field(default_factory=list)
    ramp: Duration = 0
    """Time from onset to full severity; 0: it is there or it is not."""
    causes: Name | None = None
    """The fault model that a diagnosis should name first."""
    season: Literal["any", "heating"] = "any"
    """When its alarms can follow: always, or only while the plant is heating."""
    offset: dict[Name, float] = Field(default_factory=dict)
    """For the generic behaviour: what full severity adds to each point."""


class Simulation(Part):
    """The behaviour in `device_sim/behaviours/` that moves this kind, and its faults."""

    behaviour: Name = "generic"
    points: dict[Name, SimulatedPoint] = Field(default_factory=dict)
    faults: dict[Name, SimulatedFault] = Field(min_length=2)


class Kind(Part):
    """Everything the product knows about one kind of equipment."""

    kind: Name
    family: Family
    title: Text
    icon: str = "device"
    haystack: str | None = None
    brick: str | None = None
    expected_life: Duration | None = None
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    points: dict[Name, Point] = Field(min_length=1)
    derived: dict[Name, DerivedPoint] = Field(default_factory=dict)
    alarms: dict[Name, AlarmRule] = Field(min_length=1)
    detectors: list[DetectorUse] = Field(default_factory=list)
    faults: dict[Name, FaultModel] = Field(min_length=1)
    maintenance: dict[Name, MaintenancePlan] = Field(min_length=1)
    simulation: Simulation

    @model_validator(mode="after")
    def _names_are_unique(self) -> Kind:
        seen: set[str] = set()
        for group in (self.points, self.derived, self.parameters):
            twice = seen & set(group)
            if twice:
                raise RefusedError(
                    f"{min(twice)} is the name of two things",
                    "Points, derived points and parameters share their names: rename one",
                )
            seen |= set(group)
        return self
