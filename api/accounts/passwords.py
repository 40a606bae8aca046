"""Passwords: what a new one must be, argon2id hashes, and a bound on how many are computed at once."""

from __future__ import annotations

import threading
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.problems import invalid

SHORTEST, LONGEST = 10, 200
# Each computation takes 64 MiB; without a bound, a burst of sign-ins would take the server's memory.
_AT_ONCE = 2


def check_new(name: str, password: str) -> None:
    """Raises a problem that names the rule a new password breaks."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise invalid("password", "…", f"use {SHORTEST} to {LONGEST} characters")
    if len(set(password)) < 4:
        raise invalid("password", "…", "use at least four different characters")
    if name.lower() in password.lower() and len(password) < len(name) + SHORTEST:
        raise invalid("password", "…", "choose one that does not contain the account's name")


class Passwords:
    """Hashes and verifies with argon2id; unknown accounts cost the same time as known ones."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = threading.BoundedSemaphore(_AT_ONCE)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """The encoded argon2id hash, with its own salt and parameters."""
        with self._slots:
            return self._hasher.hash(_normal(password))

    def verify(self, stored: str | None, password: str) -> bool:
        """True when the password is the one of this hash. None: nobody's hash, always False."""
        with self._slots:
            try:
                self._hasher.verify(stored or self._nobody, _normal(password[:LONGEST]))
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def outdated(self, stored: str) -> bool:
        """True when the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


def _normal(password: str) -> str:
    """One spelling of the same characters, whatever keyboard they come from."""
    return unicodedata.normalize("NFKC", password)
