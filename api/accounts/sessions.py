"""Signing in with name and password, and the session that a browser's cookie stands for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from api.accounts.passwords import Passwords
from api.accounts.secrets import fingerprint, new_secret
from api.accounts.service import grants_of, normal_name
from api.accounts.tables import account, session
from api.accounts.throttle import begin_attempt, succeeded
from api.audit import Caller, Deed, record, record_alone
from api.problems import Problem, Reason
from api.rights import User
from config.clock import DAY, MINUTE, Clock

IDLE_NS, LONGEST_NS = 7 * DAY, 30 * DAY
_LONGEST_NAME = 200


class Sessions:
    """Opens, finds and ends sessions."""

    def __init__(self, engine: Engine, clock: Clock, passwords: Passwords) -> None:
        self.engine, self.clock, self.passwords = engine, clock, passwords

    def sign_in(self, name: str, password: str, *, address: str, agent: str = "") -> str:
        """Open a session and return its secret, for the cookie.

        Raises 401 for a wrong name or password (which of them is not said), 429 after too many attempts.
        """
        known_as = normal_name(name[:_LONGEST_NAME])
        caller = Caller(known_as, address)
        self._check(caller, password)
        secret, now = new_secret(), self.clock.now_ns()
        with self.engine.begin() as connection:
            succeeded(connection, known_as, address)
            number = connection.execute(select(account.c.id).where(account.c.name == known_as)).scalar_one()
            expired = (session.c.seen_at < now - IDLE_NS) | (session.c.created_at < now - LONGEST_NS)
            connection.execute(delete(session).where(expired))
            connection.execute(
                insert(session).values(
                    hash=fingerprint(secret),
                    account_id=number,
                    created_at=now,
                    seen_at=now,
                    address=address[:64],
                    agent=agent[:200],
                )
            )
            record(connection, now, caller, Deed("session.start", known_as))
        return secret

    def confirm(self, user: User, password: str, *, address: str) -> None:
        """Check the password of somebody signed in, before a change that matters. Throttled."""
        self._check(Caller(user.name, address), password)
        with self.engine.begin() as connection:
            succeeded(connection, user.name, address)

    def _check(self, caller: Caller, password: str) -> None:
        with self.engine.begin() as connection:
            begin_attempt(connection, caller.who, caller.address, self.clock.now_ns())
            query = select(account.c.password_hash).where(
                account.c.name == caller.who, account.c.disabled_at.is_(None)
            )
            stored = connection.execute(query).scalar_one_or_none()
        if not self.passwords.verify(stored, password):
            record_alone(self.engine, self.clock, caller, Deed("session.start", caller.who, "refused"))
            raise Problem(Reason.WRONG_CREDENTIALS, "No enabled account has this name and password.")
        if stored is not None and self.passwords.outdated(stored):
            fresh = self.passwords.hash(password)
            with self.engine.begin() as connection:
                row = (account.c.name == caller.who) & (account.c.password_hash == stored)
                connection.execute(update(account).where(row).values(password_hash=fresh))

    def user(self, secret: str) -> User | None:
        """Whose session this is; None when it ended, expired or never was."""
        hashed, now = fingerprint(secret), self.clock.now_ns()
        with self.engine.connect() as connection:
            row = _live(connection, hashed, now)
            if row is None:
                return None
            granted = grants_of(connection, [row.id]).get(row.id, ())
        if now - row.seen_at > MINUTE:
            with self.engine.begin() as connection:
                connection.execute(update(session).where(session.c.hash == hashed).values(seen_at=now))
        return User(row.id, row.name, granted, row.language, session=hashed)

    def end(self, user: User, *, address: str) -> None:
        """Sign out: the session of this request is gone."""
        if user.session is None:
            return
        with self.engine.begin() as connection:
            connection.execute(delete(session).where(session.c.hash == user.session))
            caller = Caller(user.name, address)
            record(connection, self.clock.now_ns(), caller, Deed("session.end", user.name))


def _live(connection: Connection, hashed: str, now_ns: int) -> Row[*tuple[Any, ...]] | None:
    query = (
        select(account.c.id, account.c.name, account.c.language, session.c.seen_at)
        .join(account, account.c.id == session.c.account_id)
        .where(session.c.hash == hashed, account.c.disabled_at.is_(None))
        .where(session.c.seen_at >= now_ns - IDLE_NS, session.c.created_at >= now_ns - LONGEST_NS)
    )
    return connection.execute(query).one_or_none()
