"""Accounts of the demo: one per role, named as the role, with one password made at the first start."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from api.accounts.service import Accounts
from api.audit import Caller
from api.rights import Grant, Role

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """How to sign in to the demo."""

    names: tuple[str, ...]
    password: str


def ensure_demo_accounts(accounts: Accounts, secrets_folder: Path) -> DemoSignIn:
    """Make the demo's accounts where they are missing; the password is kept in `demo-password`, mode 600."""
    password = _password(secrets_folder / "demo-password")
    there = {a.name for a in accounts.everyone()}
    for role in Role:
        if role.value not in there:
            accounts.create(Caller("demo"), role.value, password, [Grant(role)], demo=True)
    return DemoSignIn(tuple(r.value for r in Role), password)


def _password(path: Path) -> str:
    if path.exists():
        return path.read_text(encoding="utf-8").strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    path.touch(mode=0o600)
    path.write_text(password + "\n", encoding="utf-8")
    return password
