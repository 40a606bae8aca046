"""API tokens: for programs, revocable, shown once, stored as a hash."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select, update

from api.accounts.secrets import TOKEN_PREFIX, fingerprint, new_secret
from api.accounts.service import grants_of, normal_name
from api.accounts.tables import account, api_token
from api.audit import Caller, Deed, record
from api.problems import Problem, Reason, unknown
from api.rights import User
from config.clock import Clock

_MOST_LIVE = 50


@dataclass(frozen=True, slots=True)
class TokenEntry:
    """A live token as lists show it; times in UTC ns."""

    id: int
    title: str
    created_at: int
    expires_at: int | None


class Tokens:
    """Creates, finds and revokes API tokens."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine, self.clock = engine, clock

    def create(self, caller: Caller, name: str, title: str, *, lifetime_ns: int | None = None) -> str:
        """A new token of that account, not to be shown again. Raises 404 for an unknown or disabled one."""
        secret, now = new_secret(TOKEN_PREFIX), self.clock.now_ns()
        expires = None if lifetime_ns is None else now + lifetime_ns
        with self.engine.begin() as connection:
            enabled = account.c.disabled_at.is_(None)
            rows = connection.execute(select(account.c.name, account.c.id).where(enabled))
            names = {row.name: row.id for row in rows}
            number = names.get(normal_name(name))
            if number is None:
                raise unknown("enabled account", name, names)
            if len(_live(connection, number, now)) >= _MOST_LIVE:
                raise Problem(
                    Reason.NOT_IN_THIS_STATE, f"{name} has {_MOST_LIVE} tokens.", remedy="Revoke one first."
                )
            values = {"title": title[:100], "created_at": now, "expires_at": expires}
            connection.execute(
                insert(api_token).values(account_id=number, hash=fingerprint(secret), **values)
            )
            record(connection, now, caller, Deed("token.create", normal_name(name), details={"title": title}))
        return secret

    def user(self, secret: str) -> User | None:
        """Whose token this is; None when it was revoked, has expired or never was."""
        now = self.clock.now_ns()
        query = (
            select(account.c.id, account.c.name, account.c.language)
            .join(account, account.c.id == api_token.c.account_id)
            .where(api_token.c.hash == fingerprint(secret), api_token.c.revoked_at.is_(None))
            .where(api_token.c.expires_at.is_(None) | (api_token.c.expires_at > now))
            .where(account.c.disabled_at.is_(None))
        )
        with self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            return User(row.id, row.name, grants_of(connection, [row.id]).get(row.id, ()), row.language)

    def of(self, user: User) -> list[TokenEntry]:
        """The live tokens of somebody."""
        with self.engine.connect() as connection:
            return _live(connection, user.id, self.clock.now_ns())

    def revoke(self, caller: Caller, user: User, token_id: int) -> None:
        """Revoke one of the user's own tokens. Raises 404 when it is not theirs or not live."""
        with self.engine.begin() as connection:
            now = self.clock.now_ns()
            theirs = (api_token.c.id == token_id) & (api_token.c.account_id == user.id)
            live = theirs & api_token.c.revoked_at.is_(None)
            if connection.execute(update(api_token).where(live).values(revoked_at=now)).rowcount == 0:
                raise unknown("live token", str(token_id), [])
            record(connection, now, caller, Deed("token.revoke", f"{user.name}/{token_id}"))


def _live(connection: Connection, account_id: int, now_ns: int) -> list[TokenEntry]:
    query = (
        select(api_token.c.id, api_token.c.title, api_token.c.created_at, api_token.c.expires_at)
        .where(api_token.c.account_id == account_id, api_token.c.revoked_at.is_(None))
        .where(api_token.c.expires_at.is_(None) | (api_token.c.expires_at > now_ns))
        .order_by(api_token.c.id)
    )
    return [TokenEntry(*row) for row in connection.execute(query)]
