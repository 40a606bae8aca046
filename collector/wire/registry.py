"""Finds the payload formats: every file of this folder but the two of the frame holds one."""

from __future__ import annotations

import importlib
from pathlib import Path

from collector.directory import Directory
from collector.wire.base import WireFormat

_FRAME = {"__init__", "base", "registry"}
_ASKED = ("name", "subscriptions", "claims", "decode")


class BrokenFormatError(Exception):
    """A file of the folder holds no usable format; the start must not go on."""


def format_names(folder: Path | None = None) -> list[str]:
    """Names of the formats' files, sorted."""
    files = (folder or Path(__file__).parent).glob("*.py")
    return sorted(f.stem for f in files if f.stem not in _FRAME)


def load_formats(directory: Directory, package: str = "collector.wire") -> list[WireFormat]:
    """Every format, ready to decode for this directory.

    Raises BrokenFormatError with the file and the remedy.
    """
    folder = Path(str(importlib.import_module(package).__file__)).parent
    return [_load(f"{package}.{name}", directory) for name in format_names(folder)]


def _load(module: str, directory: Directory) -> WireFormat:
    path = module.replace(".", "/") + ".py"
    try:
        found = importlib.import_module(module)
    except (ImportError, SyntaxError) as error:
        raise BrokenFormatError(f"{path}: cannot be imported ({error}); repair or remove the file") from error
    format_class = getattr(found, "FORMAT", None)
    if format_class is None:
        raise BrokenFormatError(f"{path}: has no FORMAT; write `FORMAT = YourFormat` at its end")
    missing = [a for a in _ASKED if not hasattr(format_class, a)]
    if missing:
        raise BrokenFormatError(
            f"{path}: {format_class.__name__} lacks {', '.join(missing)} (see wire/base.py)"
        )
    made: WireFormat = format_class(directory)
    return made
