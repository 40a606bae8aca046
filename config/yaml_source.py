"""A YAML file read with the line of every key, so that a mistake can name its place.

Plain words mean what they look like: `on` and `08:00` stay text, `true` is true, dates stay text until a
model reads them. Anchors, tags and second documents are refused, size and depth are bounded: a configuration
is data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from config.mistakes import Mistake, Where, dotted, shorten

_LARGEST = 1_000_000
_DEEPEST = 20
_LONGEST_NUMBER = 40
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass
class Source:
    """One file: its name for people, its data, and the line (from 1) where each key or list entry stands."""

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Where, int] = field(default_factory=dict)

    def line(self, where: Where) -> int:
        """The line of a key; of the nearest key around it when it is not written."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 0)

    def value(self, where: Where) -> object:
        """What is written there; None when nothing is."""
        node: Any = self.data
        for part in where:
            try:
                node = node[part]
            except (KeyError, IndexError, TypeError):
                return None
        return node

    def mistake(self, where: Where, problem: str, remedy: str) -> Mistake:
        """A mistake at a key of this file, with the value that is written there."""
        value = self.value(where)
        shown = None if value is None or isinstance(value, dict | list) else shorten(value)
        return Mistake(self.file, self.line(where), dotted(where), shown, problem, remedy)


class _UnusableError(Exception):
    def __init__(self, line: int, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.line, self.problem, self.remedy = line, problem, remedy


def read_source(path: Path, mistakes: list[Mistake]) -> Source | None:
    """The file's data and lines. Mistakes are added to the list; None: nothing of the file can be used."""
    try:
        return _Reader(str(path), mistakes).read(_text_of(path))
    except _UnusableError as error:
        mistakes.append(Mistake(str(path), error.line, "", None, error.problem, error.remedy))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        problem = f"this is not YAML: {error.problem or error.context}"
        mistakes.append(Mistake(str(path), line, "", None, problem, "Check indentation, colons and quotes"))
    except yaml.YAMLError as error:
        problem = f"this is not YAML: {str(error).splitlines()[0]}"
        mistakes.append(Mistake(str(path), 0, "", None, problem, "Remove control characters"))
    return None


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
    except OSError as error:
        raise _UnusableError(
            0, f"cannot be read ({error.strerror})", "Check its name and permissions"
        ) from None
    if len(raw) > _LARGEST:
        raise _UnusableError(0, f"is larger than {_LARGEST} bytes", "Split it into several files")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _UnusableError(0, "is not UTF-8 text", "Save it as UTF-8") from None


class _Reader:
    def __init__(self, file: str, mistakes: list[Mistake]) -> None:
        self._source = Source(file)
        self._mistakes = mistakes

    def read(self, text: str) -> Source:
        events = iter(yaml.parse(text, Loader=_LOADER))
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    line = _line(event)
                    raise _UnusableError(
                        line, "is a second document", "Keep one document per file, without ---"
                    )
                self._document(events)
        if documents == 0:
            raise _UnusableError(0, "is empty", "Write its keys or remove the file")
        return self._source

    def _document(self, events: Iterator[yaml.Event]) -> None:
        first = next(events)
        if not isinstance(first, yaml.MappingStartEvent):
            raise _UnusableError(_line(first), "is no mapping", "Start with `key: value` lines")
        self._source.data.update(self._node(first, events, ()))

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], where: Where) -> Any:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _UnusableError(line, "anchors and aliases are not read", "Write the value out")
        if tag := getattr(event, "tag", None):
            raise _UnusableError(line, f"the tag {tag} is not read", "Write a plain value")
        if len(where) > _DEEPEST:
            raise _UnusableError(line, f"is nested more than {_DEEPEST} deep", "Write it flatter")
        self._source.lines.setdefault(where, line)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, where)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, where)
        return _scalar(event)

    def _mapping(self, events: Iterator[yaml.Event], where: Where) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _UnusableError(line, "a key is not a single word", "Write `key: value`")
            key = str(event.value)
            here = (*where, key)
            twice = key in found
            if not twice:
                self._source.lines[here] = line
            value = self._node(next(events), events, (*where, f"{key} (again)") if twice else here)
            if twice:
                first = f"it stands on line {self._source.lines[here]} already"
                self._mistakes.append(
                    Mistake(
                        self._source.file, line, dotted(here), None, f"is written twice: {first}", "Keep one"
                    )
                )
            found.setdefault(key, value)
        return found

    def _sequence(self, events: Iterator[yaml.Event], where: Where) -> list[Any]:
        found: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            found.append(self._node(event, events, (*where, len(found))))
        return found


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def _scalar(event: Any) -> object:
    text = str(event.value)
    if event.style:
        return text
    if text.lower() in _WORDS and (text in _WORDS or text in (text.upper(), text.title())):
        return _WORDS[text.lower()]
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
