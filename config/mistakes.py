"""What is wrong in a configuration, said so that it can be put right: place, value, problem, remedy.

Errors: `ConfigurationErrors` carries every mistake found, never only the first.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Where = tuple[str | int, ...]
"""A dotted key as its parts: ("assets", 3, "space")."""

_LONGEST_VALUE = 60
_MOST_NAMES = 12


class RefusedError(ValueError):
    """A value that a validator does not take, with what to write instead."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}. {remedy}")
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, order=True)
class Mistake:
    """One mistake. `line` 0: the whole file; `value` is already shortened text (None: nothing to show)."""

    file: str
    line: int
    where: str
    value: str | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        shown = self.where if self.value is None else f"{self.where} = {self.value}"
        subject = f"{shown}: " if shown else ""
        return f"{place}: {subject}{self.problem}. {self.remedy}"


class ConfigurationErrors(ValueError):  # noqa: N818 - it holds several errors
    """The configuration cannot be used; `mistakes` lists everything that is wrong with it."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = sorted(set(mistakes))
        super().__init__("\n".join(str(m) for m in self.mistakes))


def dotted(where: Where) -> str:
    """`("assets", 3, "space")` as `assets[3].space`."""
    text = ""
    for part in where:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shorten(value: object) -> str:
    """A value as it would be written in YAML or JSON, cut to a readable length."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def choose(wrong: object, valid: Iterable[str]) -> str:
    """The remedy for a name that does not exist: the nearest valid one, else what there is."""
    names = sorted(set(valid))
    near = difflib.get_close_matches(str(wrong), names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]}?"
    return f"Known: {_list(names)}" if names else "There is none yet: describe one first"


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
