"""Who may do what: one table of roles and actions, and rights granted per site and family."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

EVERYWHERE = "*"
"""As a grant's site or family: all of them, also those added later."""


class Role(StrEnum):
    """What somebody is here for."""

    VIEWER = "viewer"
    REQUESTER = "requester"
    CREW = "crew"
    OPERATOR = "operator"
    OFFICER = "officer"
    DISPATCHER = "dispatcher"
    MANAGER = "manager"
    CONTRACTOR = "contractor"
    INSPECTOR = "inspector"
    ADMIN = "admin"


class Action(StrEnum):
    """What can be done through the API or a page."""

    USE_ACCOUNT = "use_account"
    SEE_PLANT = "see_plant"
    SEE_READINGS = "see_readings"
    SEE_ALARMS = "see_alarms"
    SEE_INTAKE = "see_intake"
    SEE_AUDIT = "see_audit"
    ENTER_READING = "enter_reading"
    ACKNOWLEDGE = "acknowledge"
    COMMENT = "comment"
    SHELVE = "shelve"
    SUPPRESS = "suppress"
    OUT_OF_SERVICE = "out_of_service"
    REPLAY_QUARANTINE = "replay_quarantine"
    MANAGE_ACCOUNTS = "manage_accounts"


WHOLE_INSTALLATION = frozenset({Action.SEE_AUDIT, Action.MANAGE_ACCOUNTS})
"""Actions that reach every site at once: only a grant for all sites and families gives them."""

_LOOK = frozenset({Action.USE_ACCOUNT, Action.SEE_PLANT, Action.SEE_READINGS, Action.SEE_ALARMS})
_WORK = _LOOK | {Action.ENTER_READING, Action.ACKNOWLEDGE, Action.COMMENT}

TABLE: dict[Role, frozenset[Action]] = {
    Role.VIEWER: _LOOK,
    Role.REQUESTER: frozenset({Action.USE_ACCOUNT, Action.SEE_PLANT}),
    Role.CREW: _WORK,
    Role.OPERATOR: _WORK | {Action.SHELVE, Action.OUT_OF_SERVICE, Action.SEE_INTAKE},
    Role.OFFICER: _WORK | {Action.SHELVE, Action.SUPPRESS, Action.OUT_OF_SERVICE, Action.SEE_INTAKE},
    Role.DISPATCHER: _LOOK | {Action.ACKNOWLEDGE, Action.COMMENT, Action.SHELVE},
    Role.MANAGER: _LOOK
    | {Action.ACKNOWLEDGE, Action.COMMENT, Action.SHELVE, Action.SUPPRESS, Action.OUT_OF_SERVICE}
    | {Action.SEE_INTAKE, Action.SEE_AUDIT},
    Role.CONTRACTOR: _LOOK | {Action.ENTER_READING, Action.COMMENT},
    Role.INSPECTOR: _LOOK | {Action.SEE_INTAKE, Action.SEE_AUDIT},
    Role.ADMIN: frozenset(Action),
}


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A role at one site (or `*`) for one family of equipment (or `*`)."""

    role: Role
    site: str = EVERYWHERE
    family: str = EVERYWHERE

    def covers(self, site: str, family: str) -> bool:
        return self.site in (EVERYWHERE, site) and self.family in (EVERYWHERE, family)

    @property
    def unlimited(self) -> bool:
        return self.site == EVERYWHERE and self.family == EVERYWHERE


@dataclass(frozen=True, slots=True)
class Scope:
    """The sites and families that somebody may do one thing at."""

    grants: tuple[Grant, ...]

    def __bool__(self) -> bool:
        return bool(self.grants)

    def covers(self, site: str, family: str) -> bool:
        return any(g.covers(site, family) for g in self.grants)

    def covers_site(self, site: str) -> bool:
        """True where at least one family of the site is included."""
        return any(g.site in (EVERYWHERE, site) for g in self.grants)

    @property
    def unlimited(self) -> bool:
        return any(g.unlimited for g in self.grants)

    @property
    def pairs(self) -> tuple[tuple[str | None, str | None], ...]:
        """(site, family) pairs for a query's condition; None stands for all."""
        if self.unlimited:
            return ((None, None),)
        return tuple(
            (None if g.site == EVERYWHERE else g.site, None if g.family == EVERYWHERE else g.family)
            for g in self.grants
        )


@dataclass(frozen=True, slots=True)
class User:
    """Somebody signed in, with what was granted to them."""

    id: int
    name: str
    grants: tuple[Grant, ...]
    language: str | None = None
    session: str | None = None
    """Hash of the session this request came by; None for API tokens and commands."""

    def scope(self, action: Action) -> Scope:
        """Where this user may do that."""
        return Scope(tuple(granting(self.grants, action)))

    def may(self, action: Action, site: str, family: str) -> bool:
        """True when a grant for this site and family holds a role that may."""
        return self.scope(action).covers(site, family)

    def may_somewhere(self, action: Action) -> bool:
        """True when the user may do that at any place at all."""
        return bool(self.scope(action))


def granting(grants: Iterable[Grant], action: Action) -> list[Grant]:
    """Those of the grants that give this action."""
    whole = action in WHOLE_INSTALLATION
    return [g for g in grants if action in TABLE[g.role] and (g.unlimited or not whole)]
