"""Slows down guessing: after some free failures each further one doubles the wait. Survives restarts."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, case, delete, insert, select, update

from api.accounts.secrets import fingerprint
from api.accounts.tables import sign_in_failure
from api.problems import Problem, Reason
from config.clock import DAY, MINUTE, SECOND


class _Bound(NamedTuple):
    key: str
    free: int
    longest_ns: int


def _bounds(name: str, address: str) -> list[_Bound]:
    # An address can be a whole school behind one router and a name can be attacked from many
    # addresses to lock its owner out, so those two get more free tries and shorter waits.
    return [
        _Bound("both:" + fingerprint(f"{name}\n{address}"), 5, 15 * MINUTE),
        _Bound("address:" + fingerprint(address), 30, 30 * SECOND),
        _Bound("name:" + fingerprint(name), 50, 30 * SECOND),
    ]


def begin_attempt(connection: Connection, name: str, address: str, now_ns: int) -> None:
    """Count an attempt as failed until `succeeded` is called, so that parallel guesses gain nothing.

    Raises a 429 problem with Retry-After while a wait is on.
    """
    bounds = _bounds(name, address)
    rows = {
        r.key: r
        for r in connection.execute(
            select(sign_in_failure).where(sign_in_failure.c.key.in_([b.key for b in bounds]))
        )
    }
    wait_ns = max((r.until - now_ns for r in rows.values()), default=0)
    if wait_ns > 0:
        seconds = -(-wait_ns // SECOND)
        raise Problem(
            Reason.TOO_MANY_ATTEMPTS,
            f"Sign-in is paused for {seconds} s after failed attempts.",
            headers={"Retry-After": str(seconds)},
        )
    connection.execute(delete(sign_in_failure).where(sign_in_failure.c.last_at < now_ns - DAY))
    for bound in bounds:
        row = rows.get(bound.key)
        fresh = row is None or row.last_at < now_ns - DAY
        _count(connection, bound, 1 if row is None or fresh else row.failures + 1, now_ns, new=fresh)


def _count(connection: Connection, bound: _Bound, failures: int, now_ns: int, *, new: bool) -> None:
    over = failures - bound.free
    wait = min(SECOND << min(over, 20), bound.longest_ns) if over >= 0 else 0
    values = {"failures": failures, "last_at": now_ns, "until": now_ns + wait}
    if new:
        connection.execute(insert(sign_in_failure).values(key=bound.key, **values))
    else:
        connection.execute(update(sign_in_failure).where(sign_in_failure.c.key == bound.key).values(**values))


def succeeded(connection: Connection, name: str, address: str) -> None:
    """Forget the failures of this name, and of it from this address; the address itself gets one try back."""
    both, at_address, named = _bounds(name, address)
    keys = sign_in_failure.c.key
    connection.execute(delete(sign_in_failure).where(keys.in_([both.key, named.key])))
    failures = sign_in_failure.c.failures - 1
    until = case((failures < at_address.free, 0), else_=sign_in_failure.c.until)
    given_back = {"failures": failures, "until": until}
    connection.execute(update(sign_in_failure).where(keys == at_address.key).values(**given_back))
