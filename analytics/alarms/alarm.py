"""One occurrence of an alarm, as rows, services and the API hand it around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from analytics.alarms.state import Flags, Shelving, State

TextJson = dict[str, str]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A row of table `alarm`; times are UTC ns.

    since: when the condition was first taken for true. changed: the last transition. cleared: when the
    condition went. suppressed_by: the alarm of a feeding asset that explains this one.
    """

    id: str
    asset: str
    site: str
    family: str
    kind: str
    rule: str
    state: State
    shelving: Shelving
    suppressed: bool
    suppressed_by: str | None
    out_of_service: bool
    priority: str
    latched: bool
    title: TextJson
    likely_cause: TextJson | None
    guidance: TextJson | None
    consequence: TextJson | None
    evidence: dict[str, Any]
    since: int
    changed: int
    cleared: int | None
    acknowledged_by: str | None
    acknowledged: int | None
    realarm_at: int | None
    release_at: int | None
    transitions: int
    version: int
    open: bool

    @classmethod
    def of(cls, row: Mapping[Any, Any]) -> Alarm:
        """From a row of the table."""
        values = {f.name: row[f.name] for f in fields(cls)}
        return cls(**values | {"state": State(row["state"]), "shelving": Shelving(row["shelving"])})

    @property
    def shelved(self) -> bool:
        return self.shelving is not Shelving.NONE

    @property
    def flags(self) -> Flags:
        return Flags(self.shelving, self.suppressed, self.out_of_service)

    @property
    def key(self) -> tuple[str, str]:
        """Asset and rule: what the alarm is about."""
        return self.asset, self.rule

    def as_json(self) -> dict[str, Any]:
        """All fields as JSON values, with `shelved` as a flag."""
        return asdict(self) | {"shelved": self.shelved}
