"""Finds the track of a name and runs it on a folder."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from analytics.benchmarks.files import UnreadableDataError, write_table

Figures = dict[str, float]
FOLDER = Path(__file__).parent / "tracks"


class UnknownTrackError(Exception):
    """There is no such track; the message lists those that exist."""


class BrokenTrackError(Exception):
    """A file in the folder of tracks has no `run(task)`."""


@dataclass(frozen=True)
class Task:
    """What a track is asked: judge `data`, learn from `train` if given, write to `predictions` if given."""

    data: Path
    predictions: Path | None = None
    train: Path | None = None
    threshold: float | None = None

    def need_labels_or_training(self, *, labelled: bool) -> None:
        """Raise UnreadableDataError where there is nothing to learn from."""
        if not labelled and self.train is None:
            raise UnreadableDataError(f"{self.data} has no labels: give --train with a folder that has")

    def predict(self, relative: str, columns: Mapping[str, Iterable[Any]]) -> None:
        """Write a table of predictions, if they are wanted; `relative` gets the ending `.csv`."""
        if self.predictions is not None:
            write_table((self.predictions / relative).with_suffix(".csv"), columns)


def tracks() -> dict[str, Callable[[Task], Figures]]:
    """Every track by name: a file `a_b.py` in the folder is the track `a-b`, its `run` does the work."""
    found: dict[str, Callable[[Task], Figures]] = {}
    for path in sorted(FOLDER.glob("[a-z]*.py")):
        run = getattr(importlib.import_module(f"analytics.benchmarks.tracks.{path.stem}"), "run", None)
        if not callable(run):
            raise BrokenTrackError(f"{path}: define `run(task)`, which returns the figures")
        found[path.stem.replace("_", "-")] = run
    return found


def run_track(
    track: str,
    data_dir: Path | str,
    predictions_dir: Path | str | None = None,
    train_dir: Path | str | None = None,
    threshold: float | None = None,
) -> Figures:
    """Run a track on a folder of its public layout and return its figures.

    What the folder has no labels for is left out of the figures; predictions are written all the same.
    Raises UnknownTrackError, NotADirectoryError, or files.UnreadableDataError with what to do.
    """
    known = tracks()
    if track not in known:
        near = get_close_matches(track, known, n=1)
        hint = f" Did you mean `{near[0]}`?" if near else ""
        raise UnknownTrackError(f"there is no track `{track}`.{hint} Write one of: {', '.join(known)}.")
    folders = [Path(folder) if folder else None for folder in (data_dir, predictions_dir, train_dir)]
    for folder in (folders[0], folders[2]):
        if folder is not None and not folder.is_dir():
            raise NotADirectoryError(f"{folder} is no folder: give the folder of the track's data")
    data, predictions, train = folders
    assert data is not None
    return known[track](Task(data, predictions, train, threshold))
