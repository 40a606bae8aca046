"""Reads the settings from their file, the environment and secret files; the environment wins over the file.

Errors: `ConfigurationErrors` with every mistake; values of secrets are never shown.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from config.mistakes import ConfigurationErrors, Mistake, Where, choose
from config.secrets import SECRETS
from config.settings_model import Settings
from config.validation import validate
from config.yaml_source import Source, read_source

__all__ = ["Settings", "load_settings", "variable_names"]

PREFIX = "CARETAKER_"
FILE_VARIABLE = "CARETAKER_CONFIG"
PROCESS_VARIABLES = frozenset(
    {FILE_VARIABLE, "CARETAKER_CLOCK", "CARETAKER_SUPERVISED", "CARETAKER_NO_SKIP", "CARETAKER_TOOLS"}
)
"""Variables with our prefix that are no settings."""
SECRET_NAMES = frozenset({"password", "token", "secret", "database_url", "dead_man_url"})
_LARGEST_SECRET = 65_536


@dataclass
class _SettingsSource(Source):
    """The merged settings; a mistake names the variable where the value came from the environment."""

    variables: dict[Where, str] = field(default_factory=dict)

    def mistake(self, where: Where, problem: str, remedy: str) -> Mistake:
        found = super().mistake(where, problem, remedy)
        secret = bool(SECRET_NAMES & set(where)) or where[:2] == ("notify", "webhooks")
        value = None if secret else found.value
        variable = next(
            (self.variables[where[:n]] for n in range(len(where), 0, -1) if where[:n] in self.variables), None
        )
        if variable is not None:
            return Mistake("environment", 0, variable, value, problem, remedy)
        return Mistake(found.file, found.line, found.where, value, problem, remedy)


def load_settings(env: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """The settings that the environment (None: the process's own) and the file ask for.

    `file` None: the one that CARETAKER_CONFIG names, if any. Secrets found are registered for redaction.
    Raises ConfigurationErrors.
    """
    variables = {k: v for k, v in (os.environ if env is None else env).items() if k.startswith(PREFIX)}
    mistakes: list[Mistake] = []
    source = _from_file(file or _named_file(variables), mistakes)
    _overlay(variables, source, mistakes)
    for holder, where in _groups(source.data, ()):
        _read_secret_files(holder, where, source, mistakes)
    settings = validate(Settings, source.data, source, (), mistakes)
    if mistakes or settings is None:
        raise ConfigurationErrors(mistakes)
    return settings


def variable_names() -> dict[str, Where]:
    """The environment variable of every setting, and its place in the settings."""
    return {PREFIX + "__".join(str(p) for p in where).upper(): where for where in _leaves(Settings, ())}


def _leaves(model: type[BaseModel], where: Where) -> Iterator[Where]:
    for name, info in model.model_fields.items():
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from _leaves(info.annotation, (*where, name))
        else:
            yield (*where, name)


def _named_file(variables: Mapping[str, str]) -> Path | None:
    name = variables.get(FILE_VARIABLE)
    return Path(name) if name else None


def _from_file(path: Path | None, mistakes: list[Mistake]) -> _SettingsSource:
    read = None if path is None else read_source(path, mistakes)
    return _SettingsSource(read.file, read.data, read.lines) if read else _SettingsSource("settings")


def _overlay(variables: Mapping[str, str], source: _SettingsSource, mistakes: list[Mistake]) -> None:
    known = variable_names()
    for name, value in variables.items():
        if name in PROCESS_VARIABLES or not value:
            continue
        if name not in known:
            remedy = choose(name, [*known, *PROCESS_VARIABLES])
            mistakes.append(Mistake("environment", 0, name, None, "is no setting", remedy))
            continue
        where = known[name]
        group = source.data
        for part in where[:-1]:
            group = group.setdefault(str(part), {})
        if isinstance(group, dict):
            group[str(where[-1])] = _plain(value)
            source.variables[where] = name


def _plain(value: str) -> Any:
    """Lists are written as JSON; everything else is text that the settings' types read."""
    if value.startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _groups(data: Any, where: Where) -> Iterator[tuple[dict[str, Any], Where]]:
    if isinstance(data, dict):
        yield data, where
        for key, value in list(data.items()):
            yield from _groups(value, (*where, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _groups(value, (*where, index))


def _read_secret_files(
    group: dict[str, Any], where: Where, source: _SettingsSource, mistakes: list[Mistake]
) -> None:
    for key in [k for k in group if k.removesuffix("_file") in {*SECRET_NAMES, "url"}]:
        name = key.removesuffix("_file")
        if key != name:
            if name in group:
                problem = f"stands beside `{name}`"
                mistakes.append(source.mistake((*where, key), problem, "Keep one of the two"))
                continue
            group[name] = _secret_of(Path(str(group[key])), (*where, key), source, mistakes)
        if isinstance(group.get(name), str) and (name in SECRET_NAMES or where[:1] == ("notify",)):
            SECRETS.add(group[name])


def _secret_of(path: Path, where: Where, source: _SettingsSource, mistakes: list[Mistake]) -> str | None:
    try:
        with path.open("rb") as stream:
            text = stream.read(_LARGEST_SECRET).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        problem = f"the secret's file cannot be read: {reason}"
        mistakes.append(source.mistake(where, problem, "Check its name and permissions"))
        return None
    if not text:
        mistakes.append(source.mistake(where, "the secret's file is empty", "Write the secret into it"))
    return text or None
