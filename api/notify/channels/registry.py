"""Finds the channels: every module of this folder but the frame. A broken one stops the start."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import api.notify.channels as folder
from api.notify.channels.base import Channel
from config.settings_model import Settings

_FRAME = frozenset({"base", "registry"})


class BrokenChannelError(Exception):
    """A file of the channels folder cannot be used; the text names it and says what it must give."""


def modules(package: ModuleType = folder) -> Iterator[ModuleType]:
    """The channel modules by name. Raises BrokenChannelError."""
    for found in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        if found.name.rpartition(".")[2] in _FRAME:
            continue
        try:
            module = importlib.import_module(found.name)
        except Exception as error:
            raise BrokenChannelError(
                f"{found.name} cannot be imported: {error!r}. Mend or remove the file."
            ) from error
        if not callable(getattr(module, "channels", None)):
            raise BrokenChannelError(
                f"{found.name} gives no `channels(settings)`: write it, or remove the file."
            )
        yield module


def configured(settings: Settings, package: ModuleType = folder) -> list[Channel]:
    """All targets that the settings name. Raises BrokenChannelError, also for a name used twice."""
    found: dict[str, Channel] = {}
    for module in modules(package):
        for channel in module.channels(settings):
            if channel.name in found:
                raise BrokenChannelError(
                    f"Two channels are named {channel.name}: give each target its own name."
                )
            found[channel.name] = channel
    return list(found.values())
