"""What `run` says first: where the pages are and how to sign in."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine

from api.accounts import first_admin
from api.accounts.demo import ensure_demo_accounts
from api.accounts.passwords import Passwords
from api.accounts.service import Accounts
from api.certificate import own_certificate
from config.clock import Clock
from config.settings_model import Settings


def address_of(settings: Settings) -> str:
    """The address of the pages."""
    secured = settings.tls.certificate is not None or own_certificate(settings.data_dir) is not None
    scheme = "https" if secured else "http"
    return f"{scheme}://{settings.http_host}:{settings.http_port}"


def welcome(settings: Settings, engine: Engine, clock: Clock, *, demo: bool) -> Iterator[str]:
    """Lines for the terminal. Makes the demo's accounts, or a one-time link where there is no admin yet."""
    accounts = Accounts(engine, clock, Passwords())
    address = address_of(settings)
    yield f"Caretaker at {address}"
    if demo:
        sign_in = ensure_demo_accounts(accounts, settings.data_dir / "secrets")
        yield f"Sign in as {', '.join(sign_in.names)} with password {sign_in.password}"
        return
    secret = first_admin.offer(accounts)
    if secret is not None:
        yield f"Make the first administrator (once, within a day): {address}/welcome/{secret}"
