"""What pydantic finds wrong, told as mistakes of a file: its own words, our places and remedies."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.mistakes import Mistake, RefusedError, Where, choose
from config.yaml_source import Source

Model = TypeVar("Model", bound=BaseModel)

_SLUG = "lower-case letters, digits and -, beginning with a letter or digit"
_REMEDIES: dict[str, tuple[str, str]] = {
    "string_type": ("should be text", "Put it in quotes"),
    "float_type": ("should be a number", "Write a number without unit"),
    "float_parsing": ("should be a number", "Write a number without unit"),
    "int_type": ("should be a whole number", "Write a whole number"),
    "int_parsing": ("should be a whole number", "Write a whole number"),
    "int_from_float": ("should be a whole number", "Write a whole number"),
    "bool_type": ("should be true or false", "Write true or false"),
    "bool_parsing": ("should be true or false", "Write true or false"),
    "list_type": ("should be a list", "Write [one, two] or one `- entry` a line"),
    "tuple_type": ("should be a pair", "Write [low, high]"),
    "dict_type": ("should be a mapping", "Write `key: value` lines below it"),
    "model_type": ("should be a mapping", "Write `key: value` lines below it"),
    "model_attributes_type": ("should be a mapping", "Write `key: value` lines below it"),
    "string_too_short": ("is too short", "Write a few words"),
    "date_from_datetime_parsing": ("is no date", "Write it as 2024-09-01"),
    "date_type": ("is no date", "Write it as 2024-09-01"),
    "date_from_datetime_inexact": ("is no date", "Write it as 2024-09-01"),
}
_PATTERNS = {
    r"^[a-z][a-z0-9_]{0,62}$": "Use lower-case letters, digits and _, beginning with a letter",
    r"^[a-z0-9][a-z0-9-]{0,62}$": f"Use {_SLUG}",
    r"^[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*$": f"Write site/asset, each of {_SLUG}",
    r"^([01]\d|2[0-3]):[0-5]\d$": 'Write a time of day in quotes, from "00:00" to "23:59"',
    r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$": 'Write month and day in quotes, such as "11-15"',
    r"^https?://[^\s/]+\S*$": "Write an address that begins with http:// or https://",
    r"^mqtts?://[^\s/]+$": "Write mqtt://host:1883 or mqtts://host:8883",
}


def validate(
    model: type[Model], data: object, source: Source, where: Where, mistakes: list[Mistake]
) -> Model | None:
    """The data as the model; None, and a mistake for each thing wrong, when it does not fit."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        mistakes.extend(mistakes_of(error, model, source, where))
    return None


def mistakes_of(
    error: ValidationError, model: type[BaseModel], source: Source, where: Where
) -> list[Mistake]:
    """One mistake for each place; the branches of a union that failed at one place are told together."""
    told: dict[Where, list[tuple[str, str]]] = {}
    for detail in error.errors(include_url=False):
        place = _place(detail, source.value(where))
        told.setdefault((*where, *place), []).append(_explain(detail, model))
    return [source.mistake(place, *_join(reasons)) for place, reasons in told.items()]


def _join(reasons: list[tuple[str, str]]) -> tuple[str, str]:
    if len(reasons) == 1:
        return reasons[0]
    return "fits none of the forms that are allowed", " or ".join(dict.fromkeys(r for _, r in reasons))


def _place(detail: ErrorDetails, data: object) -> Where:
    """Where in the data an error stands: pydantic's own place without the names of its union branches."""
    found: list[str | int] = []
    node: Any = data
    for part in detail["loc"]:
        inside = (isinstance(node, Mapping) and part in node) or (
            isinstance(node, list) and isinstance(part, int) and part < len(node)
        )
        if not inside:
            break
        found.append(part)
        node = node[part]
    if detail["type"] == "missing":
        found.append(detail["loc"][-1])
    return tuple(found)


def _explain(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    context = detail.get("ctx", {})
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    match detail["type"]:
        case "missing":
            return "is missing", f"Add `{name}:`"
        case "extra_forbidden":
            return "is no key that is known here", choose(name, _keys_at(model, detail["loc"][:-1]))
        case "literal_error":
            expected = [w.strip("'") for w in str(context["expected"]).replace(" or ", ", ").split(", ")]
            return "is none of the words that are known here", choose(detail["input"], expected)
        case "string_pattern_mismatch":
            pattern = str(context["pattern"])
            return "is not written as it should be", _PATTERNS.get(pattern, f"Match {pattern}")
        case "value_error":
            refused = context["error"]
            if isinstance(refused, RefusedError):
                return refused.problem, refused.remedy
            return "is not accepted", str(refused)[:1].upper() + str(refused)[1:]
        case "too_short":
            return "has too few entries", f"Write at least {context['min_length']}"
        case "too_long":
            return "has too many entries", f"Write at most {context['max_length']}"
        case known if known in _REMEDIES:
            return _REMEDIES[known]
    wanted = detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return "is not accepted", f"Write a value that is {wanted}"


def _keys_at(model: type[BaseModel], place: tuple[str | int, ...]) -> list[str]:
    """The keys that a model knows at a place inside it."""
    current: Any = model
    for part in place:
        current = _inside(current, part)
    current = _plain(current)
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [field.alias or name for name, field in current.model_fields.items()]
    return []


def _inside(kind: Any, part: str | int) -> Any:
    kind = _plain(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        return fields.get(str(part))
    arguments = typing.get_args(kind)
    return arguments[-1] if arguments else None


def _plain(kind: Any) -> Any:
    """A type without its `Annotated` and without the None of an optional one."""
    while typing.get_origin(kind) in (typing.Annotated, typing.Union, types.UnionType):
        kind = next(a for a in typing.get_args(kind) if a is not type(None))
    return kind
