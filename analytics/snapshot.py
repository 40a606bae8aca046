"""The pipeline's memory on disk, with the place in the journal that it belongs to.

<folder>/memory.npz     written aside, synced, renamed: there is always a whole one or none
"""

from __future__ import annotations

import logging
import os
import zipfile
from pathlib import Path

import numpy as np

from analytics.memory import State
from collector.journal import Position

log = logging.getLogger(__name__)

FORM = 1
"""Raised when what is remembered changes its meaning; memory of another form is not taken back."""
_NAME = "memory.npz"


def write_snapshot(folder: Path, position: Position, state: State) -> None:
    """Put memory on disk; afterwards, and only afterwards, the journal before `position` may go."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f"{_NAME}.new"
    place = np.array([FORM, position.segment, position.offset], dtype=np.int64)
    with aside.open("wb") as file:
        np.savez(file, allow_pickle=False, place=place, **{f"m/{name}": a for name, a in state.items()})
        file.flush()
        os.fsync(file.fileno())
    aside.replace(folder / _NAME)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_snapshot(folder: Path) -> tuple[Position, State] | None:
    """Memory and its place; None if there is none that can be used (which is logged)."""
    path = folder / _NAME
    if not path.exists():
        return None
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            form, segment, offset = (int(n) for n in file["place"])
            state = {name.removeprefix("m/"): file[name] for name in file.files if name != "place"}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        log.warning("memory %s cannot be read (%s): it is built up again from what comes in", path, error)
        return None
    if form != FORM:
        log.warning("memory %s is of form %d, not %d: it is built up again", path, form, FORM)
        return None
    return Position(segment, offset), state
