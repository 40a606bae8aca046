"""Behaviours by name, found by a scan of `behaviours/`; a broken file stops the start."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from device_sim import behaviours
from device_sim.behaviours.base import Behaviour


class UnknownBehaviourError(ValueError):
    """A kind names a behaviour that is not there; the message lists those that are."""


@cache
def find_behaviours() -> dict[str, type[Behaviour]]:
    """Every file of the folder that names its class as `BEHAVIOUR`, by file name."""
    found: dict[str, type[Behaviour]] = {}
    for module in pkgutil.iter_modules(behaviours.__path__):
        if module.name != "base":
            loaded = importlib.import_module(f"{behaviours.__name__}.{module.name}")
            found[module.name] = loaded.BEHAVIOUR
    return found


def behaviour_named(name: str) -> type[Behaviour]:
    """The behaviour a kind asks for. Raises UnknownBehaviourError."""
    found = find_behaviours()
    if name not in found:
        raise UnknownBehaviourError(f"unknown behaviour {name!r}; known: {', '.join(sorted(found))}")
    return found[name]
