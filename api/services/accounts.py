"""What those who manage accounts do with the accounts of others, and the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.accounts.service import Account
from api.audit import Caller, entries
from api.pages import Page, Paging, page_of
from api.parts import Parts
from api.problems import unknown
from api.rights import EVERYWHERE, Action, Grant, User
from api.services.permission import require


def everyone(parts: Parts, user: User, paging: Paging) -> Page[Account]:
    """All accounts by name."""
    require(user, Action.MANAGE_ACCOUNTS)
    return page_of(parts.accounts.everyone(), paging, lambda a: a.name)


def create(
    parts: Parts,
    user: User,
    address: str,
    name: str,
    *,
    password: str | None,
    grants: Iterable[Grant],
    language: str | None = None,
) -> Account:
    """A new account."""
    require(user, Action.MANAGE_ACCOUNTS)
    caller, wanted = Caller(user.name, address), _known_places(parts, grants)
    parts.accounts.create(caller, name, password, wanted, language=language)
    return parts.accounts.get(name)


def change(
    parts: Parts,
    user: User,
    address: str,
    name: str,
    *,
    password: str | None = None,
    disabled: bool | None = None,
    grants: Iterable[Grant] | None = None,
) -> Account:
    """Change what is given; the rest stays."""
    require(user, Action.MANAGE_ACCOUNTS)
    caller = Caller(user.name, address)
    if grants is not None:
        parts.accounts.set_grants(caller, name, _known_places(parts, grants))
    if password is not None:
        parts.accounts.set_password(caller, name, password)
    if disabled is not None:
        (parts.accounts.disable if disabled else parts.accounts.enable)(caller, name)
    return parts.accounts.get(name)


def audit_log(parts: Parts, user: User, paging: Paging) -> Page[Mapping[str, Any]]:
    """What was done, the newest first."""
    require(user, Action.SEE_AUDIT)
    return entries(parts.engine, paging)


def _known_places(parts: Parts, grants: Iterable[Grant]) -> list[Grant]:
    wanted = list(grants)
    sites = [EVERYWHERE, *parts.plant.files.sites]
    families = [EVERYWHERE, *sorted({k.family for k in parts.plant.kinds.values()} | {"utility"})]
    for grant in wanted:
        if grant.site not in sites:
            raise unknown("site", grant.site, sites)
        if grant.family not in families:
            raise unknown("family", grant.family, families)
    return wanted
