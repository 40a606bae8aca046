"""Finds every detector: a file of this folder that names its class in `DETECTOR`."""

from __future__ import annotations

import importlib.util
import sys
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import ModuleType

from analytics.detectors.base import Detector

HERE = Path(__file__).parent
HELPERS = frozenset({"__init__", "base", "registry", "bank"})


class BrokenDetectorError(Exception):
    """A file of the detector folder cannot be used; the product does not start."""


class UnknownDetectorError(Exception):
    """A kind file names a detector that does not exist; the message lists those that do."""


def find(folder: Path = HERE) -> dict[str, type[Detector]]:
    """Every detector by name, sorted; files that begin with an underscore are skipped.

    Raises BrokenDetectorError, naming every broken file and its mistake, if there is any.
    """
    found: dict[str, type[Detector]] = {}
    mistakes: list[str] = []
    for path in sorted(folder.glob("*.py")):
        if path.stem in HELPERS or path.stem.startswith("_"):
            continue
        try:
            detector = _detector_in(path)
        except BrokenDetectorError as mistake:
            mistakes.append(f"{path}: {mistake}")
            continue
        found[detector.name] = detector
    if mistakes:
        raise BrokenDetectorError("\n".join(mistakes))
    return found


@cache
def detectors() -> dict[str, type[Detector]]:
    """The detectors that ship with the product."""
    return find()


def named(name: str) -> type[Detector]:
    """The detector of this name; raises UnknownDetectorError with the valid names."""
    known = detectors()
    if name in known:
        return known[name]
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean `{near[0]}`?" if near else ""
    raise UnknownDetectorError(f"there is no detector `{name}`.{hint} Write one of: {', '.join(known)}.")


def _detector_in(path: Path) -> type[Detector]:
    try:
        module = _load(path)
    except Exception as error:
        raise BrokenDetectorError(f"cannot be loaded ({type(error).__name__}: {error})") from error
    detector = getattr(module, "DETECTOR", None)
    if not (isinstance(detector, type) and issubclass(detector, Detector)):
        raise BrokenDetectorError("end the file with `DETECTOR = <your class>`, a subclass of Detector")
    missing = [field for field in ("name", "title", "settings_type") if not hasattr(detector, field)]
    if missing or detector.__abstractmethods__:
        wanted = ", ".join([*missing, *sorted(detector.__abstractmethods__)])
        raise BrokenDetectorError(f"the class lacks {wanted}")
    if detector.name != path.stem:
        raise BrokenDetectorError(f"its name is `{detector.name}`: name it `{path.stem}` like its file")
    return detector


def _load(path: Path) -> ModuleType:
    if path.parent == HERE:
        return importlib.import_module(f"analytics.detectors.{path.stem}")
    name = f"caretaker_plugin_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
