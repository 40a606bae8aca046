"""How far each registered reader has come: one small file per reader, replaced whole."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from collector.journal.disk import Disk
from collector.journal.position import START, Position

_FOLDER = "readers"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class CheckpointState(StrEnum):
    """Whether a reader's checkpoint can be trusted."""

    KNOWN = "known"
    DAMAGED = "damaged"  # unreadable: the reader starts at the oldest entry again, nothing is pruned
    MISSING = "missing"  # required, but never registered or lost: likewise


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A reader's name and the place before which it needs nothing any more."""

    name: str
    position: Position
    state: CheckpointState = CheckpointState.KNOWN


def write_checkpoint(folder: Path, name: str, position: Position, disk: Disk) -> None:
    """Register the reader or move its place; on disk when this returns.

    Raises ValueError for a name that is not lower-case letters, digits, `-` and `_`.
    """
    path = _path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"segment": position.segment, "offset": position.offset}
    disk.replace(path, json.dumps(content).encode())


def read_checkpoint(folder: Path, name: str) -> Checkpoint:
    """The reader's checkpoint; a damaged or missing one stands at START, so that nothing is lost by it."""
    try:
        content = json.loads(_path(folder, name).read_bytes())
        position = Position(int(content["segment"]), int(content["offset"]))
    except FileNotFoundError:
        return Checkpoint(name, START, CheckpointState.MISSING)
    except (ValueError, KeyError, TypeError):
        return Checkpoint(name, START, CheckpointState.DAMAGED)
    return Checkpoint(name, position)


def checkpoints(folder: Path, required: tuple[str, ...] = ()) -> list[Checkpoint]:
    """All registered readers and the required ones, by name."""
    registered = {path.stem for path in (folder / _FOLDER).glob("*.json") if _NAME.fullmatch(path.stem)}
    return [read_checkpoint(folder, name) for name in sorted(registered | set(required))]


def forget(folder: Path, name: str) -> bool:
    """Take a reader that is gone for good out of the register, so that pruning no longer waits for it.

    False when there was none of that name. A living reader registers itself again with its next checkpoint.
    """
    try:
        _path(folder, name).unlink()
    except FileNotFoundError:
        return False
    Disk().sync_folder(folder / _FOLDER)
    return True


def _path(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ValueError(f"reader name {name!r}: use lower-case letters, digits, '-' and '_', 64 at most")
    return folder / _FOLDER / f"{name}.json"
