"""Secrets handed out once and kept only as hashes."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_PREFIX = "ct_"  # noqa: S105 - the visible mark of our tokens, so that scanners find a leaked one


def new_secret(prefix: str = "") -> str:
    """256 bits of randomness, safe in a URL."""
    return prefix + secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """What is stored in place of a secret; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
