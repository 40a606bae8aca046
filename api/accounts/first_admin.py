"""The one-time link by which the first admin is made: printed at a start without an admin, good for a day."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Engine, delete, insert, select, update

from api.accounts.secrets import fingerprint, new_secret
from api.accounts.service import Accounts
from api.accounts.tables import admin_link
from api.audit import Caller
from api.problems import Problem, Reason
from api.rights import Grant, Role
from config.clock import DAY, Clock


def offer(accounts: Accounts) -> str | None:
    """The secret of a fresh link, which voids the former ones; None when there is an admin already."""
    if accounts.has_admin():
        return None
    secret, now = new_secret(), accounts.clock.now_ns()
    with accounts.engine.begin() as connection:
        connection.execute(delete(admin_link))
        connection.execute(
            insert(admin_link).values(hash=fingerprint(secret), created_at=now, expires_at=now + DAY)
        )
    return secret


def is_open(engine: Engine, clock: Clock, secret: str) -> bool:
    """True while the link can still be used."""
    with engine.connect() as connection:
        return (
            connection.execute(
                select(admin_link.c.hash).where(_usable(fingerprint(secret), clock.now_ns()))
            ).first()
            is not None
        )


def accept(accounts: Accounts, secret: str, name: str, password: str, *, address: str) -> None:
    """Make the first admin. Raises 410 when the link was used, has expired or was never given out."""
    now = accounts.clock.now_ns()
    hashed = fingerprint(secret)
    with accounts.engine.begin() as connection:
        claim = update(admin_link).where(_usable(hashed, now)).values(used_at=now)
        if connection.execute(claim).rowcount == 0:
            raise Problem(
                Reason.LINK_USED, "This link was used already, has expired, or was never given out."
            )
    try:
        accounts.create(Caller("first admin", address), name, password, [Grant(Role.ADMIN)])
    except Problem:
        with accounts.engine.begin() as connection:
            connection.execute(update(admin_link).where(admin_link.c.hash == hashed).values(used_at=None))
        raise


def _usable(hashed: str, now_ns: int) -> ColumnElement[bool]:
    return (admin_link.c.hash == hashed) & admin_link.c.used_at.is_(None) & (admin_link.c.expires_at > now_ns)
