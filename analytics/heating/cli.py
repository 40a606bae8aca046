"""`caretaker winter`: schedules and control against a plant in a process of its own."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from math import isfinite
from pathlib import Path

import click

from analytics.heating.winter.compare import compare
from analytics.heating.winter.errors import PlantError
from analytics.heating.winter.season import Arena, Outcome
from config.loading import load_plant
from config.point_numbers import MemoryNumbers

SHIPPED = ("-m", "device_sim.plants.winter")
_LONGEST_DAYS = 365


@click.command()
@click.option("--days", type=click.IntRange(1, _LONGEST_DAYS), default=90, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Handed to the plant.")
@click.option("--plant", "command", help="Command of another plant; its facility must be given too.")
@click.option("--facility", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
def winter(days: int, seed: int, command: str | None, facility: Path | None, *, as_json: bool) -> None:
    """Compare the control plan with fixed schedules over a winter in virtual time."""
    if (command is None) != (facility is None):
        raise click.UsageError("give --plant and --facility together: the one describes the other")
    with ExitStack() as stack:
        if command is None or facility is None:
            facility = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            command = shipped_plant(facility)
        arena = Arena(command, load_plant(facility, MemoryNumbers()))
        try:
            found = compare(arena, days, seed, lambda words: click.echo(words, err=True))
        except PlantError as reason:
            raise click.ClickException(str(reason)) from reason
    click.echo(json.dumps({name: one.told() for name, one in found.items()}) if as_json else table(found))


def shipped_plant(folder: Path) -> str:
    """Write the shipped plant's facility into a folder; the command that starts the plant."""
    start = [sys.executable, *SHIPPED]
    subprocess.run([*start, "--write-facility", str(folder)], check=True)  # noqa: S603 - our own module
    return shlex.join(start)


def table(found: dict[str, Outcome]) -> str:
    """The outcomes as lines of text, changes against the fixed schedule in per cent."""
    head = (
        f"{'':11}{'gas kWh':>12}{'':8}{'el. kWh':>10}{'comfort h':>11}"
        f"{'':8}{'starts':>8}{'min °C':>8}{'max °C':>8}"
    )
    lines, base = [head], found["fixed"]
    for name, one in found.items():
        gas, comfort = one.gas_kwh / base.gas_kwh - 1, one.comfort_hours / max(base.comfort_hours, 1e-9) - 1
        lines.append(
            f"{name:11}{one.gas_kwh:12.0f}{gas:+8.1%}{one.electricity_kwh:10.0f}{one.comfort_hours:11.0f}"
            f"{comfort:+8.1%}{one.burner_starts:8.0f}{one.min_zone_c:8.1f}{one.max_zone_c:8.1f}"
        )
    on_time = found["control"].on_time
    share = f"{on_time:.0%} of mornings" if isfinite(on_time) else "no morning to judge yet"
    lines.append(f"optimum start on time (−30 to +10 min, after ten days): {share}")
    return "\n".join(lines)
