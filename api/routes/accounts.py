"""Accounts for those who manage them, and the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request

from api.auth import AccountManager, AuditViewer, Running, address_of
from api.schemas.accounts import AccountAsked, AccountChange, AccountShape, AuditShape
from api.schemas.common import ListOf, PagingQuery
from api.services import accounts

router = APIRouter(tags=["accounts"])


@router.get("/accounts", summary="All accounts")
def get_accounts(parts: Running, user: AccountManager, paging: PagingQuery) -> ListOf[AccountShape]:
    page = accounts.everyone(parts, user, paging)
    return ListOf(items=[AccountShape.of(a) for a in page.items], next=page.next)


@router.post("/accounts", status_code=201, summary="A new account")
def post_account(body: AccountAsked, parts: Running, user: AccountManager, request: Request) -> AccountShape:
    made = accounts.create(
        parts,
        user,
        address_of(request),
        body.name,
        password=body.password.get_secret_value() if body.password else None,
        grants=[g.grant() for g in body.grants],
        language=body.language,
    )
    return AccountShape.of(made)


@router.patch("/accounts/{name}", summary="Change what was granted, the password, or shut an account")
def patch_account(
    name: Annotated[str, Path(max_length=200)],
    body: AccountChange,
    parts: Running,
    user: AccountManager,
    request: Request,
) -> AccountShape:
    changed = accounts.change(
        parts,
        user,
        address_of(request),
        name,
        password=body.password.get_secret_value() if body.password else None,
        disabled=body.disabled,
        grants=None if body.grants is None else [g.grant() for g in body.grants],
    )
    return AccountShape.of(changed)


@router.get("/audit", summary="Who did what, the newest first")
def get_audit(parts: Running, user: AuditViewer, paging: PagingQuery) -> ListOf[AuditShape]:
    page = accounts.audit_log(parts, user, paging)
    return ListOf(items=[AuditShape.of(r) for r in page.items], next=page.next)
