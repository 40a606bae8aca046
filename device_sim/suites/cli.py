"""The command `judge`."""

from __future__ import annotations

import sys

import click

from config.loading import load_kinds
from device_sim.suites import campus


@click.command()
@click.option("--seed", type=int, help="Default: from the hash of the commit.")
@click.option("--kind", "kinds", multiple=True, help="Only this kind; may be given several times.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--healthy/--no-healthy", default=True, help="Also watch a campus without faults.")
def judge(seed: int | None, kinds: tuple[str, ...], workers: int, healthy: bool) -> None:
    """Judge alarms and diagnosis on a simulated campus whose faults are known: one table."""
    unknown = sorted(set(kinds) - set(load_kinds()))
    if unknown:
        raise click.BadParameter(f"no kind is called {', '.join(unknown)}", param_hint="--kind")
    chosen = campus.commit_seed() if seed is None else seed
    length = campus.pieces(kinds, healthy=healthy)
    with click.progressbar(length=length, label="Scenarios", file=sys.stderr) as bar:
        verdict = campus.judge(chosen, kinds, workers=workers, healthy=healthy, told=lambda: bar.update(1))
    click.echo(campus.table(verdict))
