"""`caretaker benchmark TRACK --data DIR`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from analytics.benchmarks.files import UnreadableDataError
from analytics.benchmarks.runner import UnknownTrackError, run_track

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("track")
@click.option("--data", type=FOLDER, required=True, help="The track's folder, as the public data lies there.")
@click.option("--predictions", type=FOLDER, help="Write what is predicted into this folder.")
@click.option("--train", type=FOLDER, help="Learn from this folder instead of from parts of --data.")
@click.option("--threshold", type=float, help="Use this threshold where --data has no labels to choose one.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
def benchmark(track: str, *, as_json: bool, **asked: Any) -> None:
    """Measure the product's detectors and models on a public data set."""
    try:
        figures = run_track(track, asked["data"], asked["predictions"], asked["train"], asked["threshold"])
    except (UnknownTrackError, UnreadableDataError, NotADirectoryError) as mistake:
        raise click.ClickException(str(mistake)) from mistake
    if as_json:
        click.echo(json.dumps(figures))
        return
    for name, figure in figures.items():
        click.echo(f"{name:30} {figure:.4g}")
    if not figures:
        click.echo("no labels in this folder: nothing to compare with")
