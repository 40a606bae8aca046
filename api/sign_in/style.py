"""The style sheet of the sign-in pages: the desk's design tokens and a few rules of their own."""

from __future__ import annotations

import functools
import re
from pathlib import Path

_HERE = Path(__file__).parent
_DESIGN = _HERE.parent / "ui" / "design.css"
_LIGHT = re.compile(r"^:root \{.*?^\}", re.DOTALL | re.MULTILINE)
_DARK = re.compile(r"^body\.body--dark \{(.*?)^\}", re.DOTALL | re.MULTILINE)


@functools.cache
def style_sheet() -> str:
    """The CSS. Without a script a page follows the device's wish for dark by itself."""
    design = _DESIGN.read_text(encoding="utf-8")
    light, dark = _LIGHT.search(design), _DARK.search(design)
    if light is None or dark is None:
        raise ValueError(f"{_DESIGN} has no :root or no body.body--dark block: the sign-in pages need both")
    by_device = f"@media (prefers-color-scheme: dark) {{ body.as-device {{{dark[1]}}} }}"
    own = (_HERE / "sign_in.css").read_text(encoding="utf-8")
    return "\n".join([light[0], dark[0], by_device, own])
