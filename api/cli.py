"""The commands `user`, `token`, `certificate` and `export`."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from api.accounts.passwords import Passwords
from api.accounts.service import Accounts
from api.accounts.tokens import Tokens
from api.audit import COMMAND_LINE
from api.export import EXPORTS
from api.problems import Problem
from api.rights import EVERYWHERE, Grant, Role
from config.cli import settings_or_exit
from config.clock import Clock, clock_from
from config.database import open_engine
from config.durations import parse_duration


@contextmanager
def _said() -> Iterator[None]:
    """Problems as one line with the remedy, without a traceback."""
    try:
        yield
    except Problem as problem:
        remedy = f" {problem.remedy}" if problem.remedy else ""
        raise click.ClickException(f"{problem.detail}{remedy}") from None
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(f"{error.orig}. Run `caretaker migrate` first?") from None


@contextmanager
def _accounts() -> Iterator[Accounts]:
    engine = open_engine(settings_or_exit())
    try:
        with _said():
            yield Accounts(engine, _clock(), Passwords())
    finally:
        engine.dispose()


def _clock() -> Clock:
    return clock_from(os.environ.get("CARETAKER_CLOCK"))


def _password(file: str | None) -> str:
    """From a file (`-`: standard input), else asked for twice."""
    if file == "-":
        return sys.stdin.readline().rstrip("\n")
    if file is not None:
        return Path(file).read_text(encoding="utf-8").strip()
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


@click.group()
def user() -> None:
    """Accounts: who they are and what was granted to them."""


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice([r.value for r in Role]), required=True)
@click.option("--site", "sites", multiple=True, help="Repeat for several; left out: all sites.")
@click.option("--family", "families", multiple=True, help="Repeat for several; left out: all families.")
@click.option("--password-file", help="A file with the password, or - for standard input.")
@click.option("--no-password", is_flag=True, help="For programs: only API tokens sign in.")
def user_add(
    *,
    name: str,
    role: str,
    sites: tuple[str, ...],
    families: tuple[str, ...],
    password_file: str | None,
    no_password: bool,
) -> None:
    """Make the account NAME."""
    password = None if no_password else _password(password_file)
    places = product(sites or (EVERYWHERE,), families or (EVERYWHERE,))
    with _accounts() as accounts:
        accounts.create(COMMAND_LINE, name, password, [Grant(Role(role), s, f) for s, f in places])
    click.echo(f"{name} can sign in as {role}.")


@user.command("list")
def user_list() -> None:
    """All accounts with what was granted to them."""
    with _accounts() as accounts:
        for one in accounts.everyone():
            grants = ", ".join(f"{g.role}@{g.site}/{g.family}" for g in one.grants)
            marks = " (disabled)" if one.disabled else ""
            click.echo(f"{one.name}{marks}: {grants}")


@user.command("disable")
@click.argument("name")
def user_disable(name: str) -> None:
    """Shut the account NAME: its sessions end, its tokens are revoked."""
    with _accounts() as accounts:
        accounts.disable(COMMAND_LINE, name)
    click.echo(f"{name} is disabled.")


@user.command("password")
@click.argument("name")
@click.option("--password-file", help="A file with the password, or - for standard input.")
def user_password(name: str, password_file: str | None) -> None:
    """Set a new password for the account NAME."""
    password = _password(password_file)
    with _accounts() as accounts:
        accounts.set_password(COMMAND_LINE, name, password)
    click.echo(f"{name} has a new password.")


@click.group()
def token() -> None:
    """API tokens for programs."""


@token.command("create")
@click.option("--user", "name", required=True, help="The account that the token acts for.")
@click.option("--title", default="command line", help="What it is for; shown in the list of tokens.")
@click.option("--lifetime", help="90d, 1y; left out: until it is revoked.")
def token_create(name: str, title: str, lifetime: str | None) -> None:
    """Print a new API token once, as the last line of standard output."""
    try:
        ns = None if lifetime is None else parse_duration(lifetime)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--lifetime") from None
    with _accounts() as accounts:
        tokens = Tokens(accounts.engine, accounts.clock)
        click.echo(tokens.create(COMMAND_LINE, name, title, lifetime_ns=ns))


@click.command()
@click.option("--host", "hosts", multiple=True, help="Name or address people type; repeat for several.")
def certificate(hosts: tuple[str, ...]) -> None:
    """Make (or renew) the server's certificate, signed by a small authority of its own."""
    from api.certificate import make_certificate

    names = hosts or tuple(dict.fromkeys([socket.gethostname(), "localhost", "127.0.0.1"]))
    authority = make_certificate(settings_or_exit().data_dir, names, _clock())
    click.echo(f"Certificate for {', '.join(names)}. Restart `caretaker serve` to use it.")
    click.echo(f"Install {authority} as a trusted authority on phones and desks.")


@click.group()
def export() -> None:
    """Readings as CSV or Parquet, alarms as JSON."""


for _command in EXPORTS:
    export.add_command(_command)
