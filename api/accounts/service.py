"""Accounts themselves: create, list, grant, disable, set passwords. Each change stands in the audit log."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from api.accounts.passwords import Passwords, check_new
from api.accounts.tables import account, account_grant, api_token, session
from api.audit import Caller, Deed, record
from api.problems import Problem, Reason, invalid, unknown
from api.rights import EVERYWHERE, Grant, Role
from config.clock import Clock

_ROLES = frozenset(r.value for r in Role)
_NAME = re.compile(r"\w[\w.@-]{1,62}")


@dataclass(frozen=True, slots=True)
class Account:
    """An account as lists show it; times in UTC ns."""

    id: int
    name: str
    language: str | None
    created_at: int
    disabled: bool
    demo: bool
    has_password: bool
    grants: tuple[Grant, ...]


class Accounts:
    """The register of accounts."""

    def __init__(self, engine: Engine, clock: Clock, passwords: Passwords) -> None:
        self.engine, self.clock, self.passwords = engine, clock, passwords

    def create(
        self,
        caller: Caller,
        name: str,
        password: str | None,
        grants: Iterable[Grant],
        *,
        language: str | None = None,
        demo: bool = False,
    ) -> int:
        """A new account; without a password it can only be used by API tokens. Returns its id."""
        name = check_name(name)
        if password is not None:
            check_new(name, password)
        hashed = None if password is None else self.passwords.hash(password)
        values = {"name": name, "password_hash": hashed, "language": language, "demo": demo}
        wanted = _distinct(grants)
        try:
            with self.engine.begin() as connection:
                now = self.clock.now_ns()
                row = insert(account).values(created_at=now, **values).returning(account.c.id)
                number = int(connection.execute(row).scalar_one())
                _write_grants(connection, number, wanted)
                record(connection, now, caller, Deed("account.create", name, details=_told(wanted)))
        except IntegrityError:
            raise invalid("name", name, "choose a name that is not taken yet") from None
        return number

    def everyone(self) -> list[Account]:
        """All accounts by name, the disabled too."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(account).order_by(account.c.name)).all()
            granted = grants_of(connection, [r.id for r in rows])
        return [_as_account(r, granted.get(r.id, ())) for r in rows]

    def get(self, name: str) -> Account:
        """The account of that name. Raises a 404 problem that suggests the nearest names."""
        with self.engine.connect() as connection:
            row = self._find(connection, name)
            return _as_account(row, grants_of(connection, [row.id]).get(row.id, ()))

    def set_grants(self, caller: Caller, name: str, grants: Iterable[Grant]) -> None:
        """Replace what was granted. Takes effect with the next request."""
        wanted = _distinct(grants)
        with self.engine.begin() as connection:
            row, had_admin = self._find(connection, name), _has_admin(connection)
            connection.execute(delete(account_grant).where(account_grant.c.account_id == row.id))
            _write_grants(connection, row.id, wanted)
            _keep_an_admin(connection, had=had_admin)
            deed = Deed("account.grant", row.name, details=_told(wanted))
            record(connection, self.clock.now_ns(), caller, deed)

    def set_password(
        self, caller: Caller, name: str, password: str, *, keep_session: str | None = None
    ) -> None:
        """Set a new password and end the account's sessions but `keep_session` (a hash)."""
        account_name = check_name(name)
        check_new(account_name, password)
        hashed = self.passwords.hash(password)
        with self.engine.begin() as connection:
            row = self._find(connection, account_name)
            connection.execute(update(account).where(account.c.id == row.id).values(password_hash=hashed))
            others = (session.c.account_id == row.id) & (session.c.hash != (keep_session or ""))
            connection.execute(delete(session).where(others))
            record(connection, self.clock.now_ns(), caller, Deed("account.password", row.name))

    def disable(self, caller: Caller, name: str) -> None:
        """Shut the account: its sessions end and its tokens are revoked."""
        with self.engine.begin() as connection:
            row, now = self._find(connection, name), self.clock.now_ns()
            had_admin = _has_admin(connection)
            connection.execute(update(account).where(account.c.id == row.id).values(disabled_at=now))
            connection.execute(delete(session).where(session.c.account_id == row.id))
            live = (api_token.c.account_id == row.id) & api_token.c.revoked_at.is_(None)
            connection.execute(update(api_token).where(live).values(revoked_at=now))
            _keep_an_admin(connection, had=had_admin)
            record(connection, now, caller, Deed("account.disable", row.name))

    def enable(self, caller: Caller, name: str) -> None:
        """Open a disabled account again; its tokens stay revoked."""
        with self.engine.begin() as connection:
            row = self._find(connection, name)
            connection.execute(update(account).where(account.c.id == row.id).values(disabled_at=None))
            record(connection, self.clock.now_ns(), caller, Deed("account.enable", row.name))

    def has_admin(self) -> bool:
        """True when somebody can sign in who may manage accounts."""
        with self.engine.connect() as connection:
            return _has_admin(connection)

    def _find(self, connection: Connection, name: str) -> Row[*tuple[Any, ...]]:
        row = connection.execute(select(account).where(account.c.name == normal_name(name))).one_or_none()
        if row is None:
            raise unknown("account", name, connection.execute(select(account.c.name)).scalars())
        return row


def normal_name(name: str) -> str:
    """One spelling of an account's name: no case, no look-alike widths."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def check_name(name: str) -> str:
    """The normal spelling of a name that may be used. Raises a 422 problem otherwise."""
    normal = normal_name(name)
    if not _NAME.fullmatch(normal):
        raise invalid("name", name, "use 2 to 63 letters, digits, dots, dashes, underscores or @")
    return normal


def grants_of(connection: Connection, ids: list[int]) -> dict[int, tuple[Grant, ...]]:
    """Grants by account id. A role that this version does not know gives nothing."""
    found: dict[int, list[Grant]] = {}
    query = (
        select(account_grant).where(account_grant.c.account_id.in_(ids)).order_by(*account_grant.primary_key)
    )
    for row in connection.execute(query):
        if row.role in _ROLES:
            found.setdefault(row.account_id, []).append(Grant(Role(row.role), row.site, row.family))
    return {number: tuple(grants) for number, grants in found.items()}


def _write_grants(connection: Connection, number: int, grants: list[Grant]) -> None:
    rows = [{"account_id": number, "role": g.role.value, "site": g.site, "family": g.family} for g in grants]
    connection.execute(insert(account_grant), rows)


def _distinct(grants: Iterable[Grant]) -> list[Grant]:
    wanted = sorted(set(grants))
    if not wanted:
        raise invalid("grants", "[]", f"give at least one role, one of {', '.join(Role)}")
    return wanted


def _has_admin(connection: Connection) -> bool:
    full = (account_grant.c.site == EVERYWHERE) & (account_grant.c.family == EVERYWHERE)
    query = (
        select(account.c.id)
        .join(account_grant, account_grant.c.account_id == account.c.id)
        .where(account.c.disabled_at.is_(None), account.c.password_hash.is_not(None))
        .where(account_grant.c.role == Role.ADMIN.value, full)
        .limit(1)
    )
    return connection.execute(query).first() is not None


def _keep_an_admin(connection: Connection, *, had: bool) -> None:
    if had and not _has_admin(connection):
        raise Problem(
            Reason.NOT_IN_THIS_STATE,
            "Nobody would be left who can manage accounts.",
            remedy="Give another account the role admin for all sites and families first.",
        )


def _told(grants: list[Grant]) -> dict[str, list[str]]:
    return {"grants": [f"{g.role}@{g.site}/{g.family}" for g in grants]}


def _as_account(row: Row[*tuple[Any, ...]], grants: tuple[Grant, ...]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        language=row.language,
        created_at=row.created_at,
        disabled=row.disabled_at is not None,
        demo=row.demo,
        has_password=row.password_hash is not None,
        grants=grants,
    )
