"""What people do with their own account: password and tokens."""

from __future__ import annotations

from api.audit import Caller
from api.parts import Parts
from api.problems import Problem, Reason, invalid
from api.rights import Action, User
from api.services.permission import require
from config.clock import DAY
from config.durations import parse_duration

_LONGEST_TOKEN = 3660 * DAY


def change_password(parts: Parts, user: User, address: str, old: str, new: str) -> None:
    """Set a new password; every other session of the account ends.

    Raises 403 for a request by API token: whoever finds a token must not be able to take the account over.
    """
    require(user, Action.USE_ACCOUNT)
    _by_session(user)
    parts.sessions.confirm(user, old, address=address)
    parts.accounts.set_password(Caller(user.name, address), user.name, new, keep_session=user.session)


def create_token(parts: Parts, user: User, address: str, title: str, lifetime: str | None) -> str:
    """A new token for oneself, returned this once."""
    require(user, Action.USE_ACCOUNT)
    _by_session(user)
    return parts.tokens.create(
        Caller(user.name, address), user.name, title, lifetime_ns=None if lifetime is None else _ns(lifetime)
    )


def revoke_token(parts: Parts, user: User, address: str, token_id: int) -> None:
    """Revoke one of one's own tokens."""
    require(user, Action.USE_ACCOUNT)
    parts.tokens.revoke(Caller(user.name, address), user, token_id)


def _by_session(user: User) -> None:
    if user.session is None:
        remedy = (
            "Sign in with name and password; or use `caretaker user` and `caretaker token` on the server."
        )
        raise Problem(Reason.NOT_PERMITTED, "This cannot be done with an API token.", remedy=remedy)


def _ns(lifetime: str) -> int:
    try:
        ns = parse_duration(lifetime)
    except (ValueError, OverflowError):
        ns = 0
    if not 0 < ns <= _LONGEST_TOKEN:
        raise invalid("lifetime", lifetime, "write a duration up to 10y, for example 90d")
    return ns
