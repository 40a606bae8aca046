"""`caretaker journal`: how the journals, their segments and their readers stand."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from collector import folders
from collector.journal.describe import describe
from collector.journal.inspect import inspect
from config.clock import SystemClock
from config.settings import load_settings


@click.command()
@click.option("--verify", is_flag=True, help="Read everything and check every checksum.")
def journal(verify: bool) -> None:
    """Readers, lags and segments of the journals; exit 1 when something is damaged."""
    data_dir = load_settings().data_dir
    places = {"intake": folders.measured(data_dir), "derived": folders.derived(data_dir)}
    found = [_report(name, place.journal, verify=verify) for name, place in places.items()]
    if not all(found):
        sys.exit(1)


def _report(name: str, folder: Path, *, verify: bool) -> bool:
    click.echo(f"{name}: {folder}")
    try:
        report = inspect(folder, SystemClock().now_ns(), verify=verify)
    except FileNotFoundError as error:
        click.echo(f"  {error}")
        return True
    for line in describe(report):
        click.echo(f"  {line}")
    return report.is_sound
