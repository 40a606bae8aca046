"""A text in the two languages of the product."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["en", "zh"]


class Text(BaseModel):
    """The same words in English and 简体中文."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    en: str = Field(min_length=1)
    zh: str = Field(min_length=1)

    def say(self, language: Language) -> str:
        """The words in that language."""
        return self.zh if language == "zh" else self.en
