"""Shapes of accounts, sessions, tokens and the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr

from api.accounts.service import Account
from api.accounts.tokens import TokenEntry
from api.rights import EVERYWHERE, Action, Grant, Role, User
from api.schemas.common import Asked, Shape
from api.times import rfc3339, rfc3339_or_none

Password = Annotated[SecretStr, Field(max_length=200)]
AccountName = Annotated[str, Field(min_length=1, max_length=200)]


class GrantShape(Asked):
    """A role at a site (`*`: all) for a family (`*`: all)."""

    role: Role
    site: Annotated[str, Field(max_length=63)] = EVERYWHERE
    family: Annotated[str, Field(max_length=16)] = EVERYWHERE

    @classmethod
    def of(cls, grant: Grant) -> GrantShape:
        return cls(role=grant.role, site=grant.site, family=grant.family)

    def grant(self) -> Grant:
        return Grant(self.role, self.site, self.family)


class Me(Shape):
    """Who is signed in, and which actions they may do somewhere."""

    name: str
    language: str | None
    grants: list[GrantShape]
    actions: list[Action]

    @classmethod
    def of(cls, user: User) -> Me:
        able = [a for a in Action if user.may_somewhere(a)]
        grants = [GrantShape.of(g) for g in user.grants]
        return cls(name=user.name, language=user.language, grants=grants, actions=able)


class SignInAsked(Asked):
    name: AccountName
    password: Password


class PasswordAsked(Asked):
    old: Password
    new: Password


class TokenAsked(Asked):
    """lifetime: `90d`; left out: until it is revoked."""

    title: Annotated[str, Field(min_length=1, max_length=100)]
    lifetime: Annotated[str, Field(max_length=20, examples=["90d"])] | None = None


class TokenShape(Shape):
    id: int
    title: str
    created_at: str
    expires_at: str | None

    @classmethod
    def of(cls, entry: TokenEntry) -> TokenShape:
        return cls(
            id=entry.id,
            title=entry.title,
            created_at=rfc3339(entry.created_at),
            expires_at=rfc3339_or_none(entry.expires_at),
        )


class NewToken(Shape):
    """`token` is shown this once."""

    token: str


class AccountShape(Shape):
    name: str
    language: str | None
    created_at: str
    disabled: bool
    demo: bool
    grants: list[GrantShape]

    @classmethod
    def of(cls, account: Account) -> AccountShape:
        return cls(
            name=account.name,
            language=account.language,
            created_at=rfc3339(account.created_at),
            disabled=account.disabled,
            demo=account.demo,
            grants=[GrantShape.of(g) for g in account.grants],
        )


class AccountAsked(Asked):
    """password left out: the account is for API tokens alone."""

    name: AccountName
    password: Password | None = None
    language: Literal["en", "zh"] | None = None
    grants: Annotated[list[GrantShape], Field(min_length=1, max_length=50)]


class AccountChange(Asked):
    """Only what is given changes."""

    password: Password | None = None
    disabled: bool | None = None
    grants: Annotated[list[GrantShape], Field(min_length=1, max_length=50)] | None = None


class AuditShape(Shape):
    id: int
    at: str
    who: str
    address: str
    action: str
    subject: str
    outcome: str
    details: dict[str, Any]

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> AuditShape:
        return cls(**{**row, "at": rfc3339(row["at"])})
