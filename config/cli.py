"""The commands `check` and `migrate`."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path

import click

from config.check import check_node
from config.database import open_engine, upgrade
from config.mistakes import ConfigurationErrors
from config.settings import Settings, load_settings

DETECTOR_NAMES = "detector_names"
"""Key in click's `obj` under which the command line hands in the names of all detectors."""


@click.command()
@click.argument("facility", required=False, type=click.Path(path_type=Path))
@click.pass_context
def check(context: click.Context, facility: Path | None) -> None:
    """List every mistake in the settings and in the FACILITY's folder, with its remedy.

    Uses no network and changes nothing. Ends with 1 when there is a mistake.
    """
    detectors: Collection[str] | None = (context.obj or {}).get(DETECTOR_NAMES)
    mistakes = check_node(os.environ, facility, detector_names=detectors)
    for mistake in mistakes:
        click.echo(str(mistake))
    if mistakes:
        click.echo(f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}", err=True)
        sys.exit(1)
    click.echo("No mistakes.")


@click.command()
def migrate() -> None:
    """Bring the database's tables up to date; does nothing when they are."""
    settings = settings_or_exit()
    engine = open_engine(settings)
    upgrade(engine)
    click.echo(f"The database {engine.url.render_as_string(hide_password=True)} is up to date.")
    engine.dispose()


def settings_or_exit() -> Settings:
    """The settings; prints every mistake and ends the process with 1 when there are any."""
    try:
        return load_settings()
    except ConfigurationErrors as errors:
        for mistake in errors.mistakes:
            click.echo(str(mistake), err=True)
        sys.exit(1)
