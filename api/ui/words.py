"""The words of the pages, from `words.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from config.text import Language, Text


@cache
def all_words() -> dict[str, Text]:
    """Every word by name. Raises on a missing language: a page half translated is a mistake."""
    raw = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
    return {name: Text.model_validate(entry) for name, entry in raw.items()}


def say(name: str, language: Language, **values: object) -> str:
    """The words in that language, with values filled in. Raises KeyError for a name that is not there."""
    text = all_words()[name].say(language)
    return text.format(**values) if values else text
