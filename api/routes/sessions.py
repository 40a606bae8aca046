"""POST and DELETE session (sign in, sign out), GET me, POST me/password, and one's own tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.auth import AccountUser, Running, address_of, drop_cookie, set_cookie
from api.schemas.accounts import Me, NewToken, PasswordAsked, SignInAsked, TokenAsked, TokenShape
from api.schemas.common import ListOf
from api.security import refuse_cross_site
from api.services import own_account

router = APIRouter(tags=["session"])


@router.post("/session", status_code=204, summary="Sign in: the answer sets the session's cookie")
def post_session(body: SignInAsked, parts: Running, request: Request, response: Response) -> None:
    refuse_cross_site(request, request.method, by_cookie=False)
    agent = request.headers.get("user-agent", "")
    secret = parts.sessions.sign_in(
        body.name, body.password.get_secret_value(), address=address_of(request), agent=agent
    )
    set_cookie(response, parts, secret, https=request.url.scheme == "https")


@router.delete("/session", status_code=204, summary="Sign out")
def delete_session(parts: Running, user: AccountUser, request: Request, response: Response) -> None:
    parts.sessions.end(user, address=address_of(request))
    drop_cookie(response, parts, https=request.url.scheme == "https")


@router.get("/me", summary="Who is signed in, and what they may do")
def get_me(user: AccountUser) -> Me:
    return Me.of(user)


@router.post("/me/password", status_code=204, summary="Change one's own password")
def post_password(body: PasswordAsked, parts: Running, user: AccountUser, request: Request) -> None:
    old, new = body.old.get_secret_value(), body.new.get_secret_value()
    own_account.change_password(parts, user, address_of(request), old, new)


@router.get("/tokens", summary="One's own live API tokens")
def get_tokens(parts: Running, user: AccountUser) -> ListOf[TokenShape]:
    return ListOf(items=[TokenShape.of(t) for t in parts.tokens.of(user)])


@router.post("/tokens", status_code=201, summary="A new API token, shown this once")
def post_token(body: TokenAsked, parts: Running, user: AccountUser, request: Request) -> NewToken:
    made = own_account.create_token(parts, user, address_of(request), body.title, body.lifetime)
    return NewToken(token=made)


@router.delete("/tokens/{token_id}", status_code=204, summary="Revoke one of one's own API tokens")
def delete_token(
    token_id: Annotated[int, Path(ge=1, le=2**31 - 1)], parts: Running, user: AccountUser, request: Request
) -> None:
    own_account.revoke_token(parts, user, address_of(request), token_id)
