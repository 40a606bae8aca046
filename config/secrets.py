"""What must never reach a log: passwords, tokens, addresses that hold them. Known here to be blotted out."""

from __future__ import annotations

import logging
import threading
import traceback
from urllib.parse import quote

_BLOT = "[secret]"
_SHORTEST = 4
"""A shorter one would blot out half of every log, and protects nothing."""


class SecretRegister:
    """The secrets of this process. Safe to use from several threads."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def add(self, secret: str) -> None:
        """Blot this out from now on, also as it stands in an address."""
        forms = {form for form in (secret, quote(secret, safe="")) if len(form) >= _SHORTEST}
        with self._lock:
            # The longest first: a secret may be the beginning of another.
            self._secrets = tuple(sorted({*self._secrets, *forms}, key=len, reverse=True))

    def redact(self, text: str) -> str:
        """The text without any of the secrets."""
        for secret in self._secrets:
            text = text.replace(secret, _BLOT)
        return text


class RedactingFilter(logging.Filter):
    """Takes secrets out of a record's message and of its exception before any handler formats it."""

    def __init__(self, register: SecretRegister) -> None:
        super().__init__()
        self._register = register

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = self._register.redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if record.exc_text:
            record.exc_text = self._register.redact(record.exc_text)
        return True


SECRETS = SecretRegister()
"""The register of this process; the settings add theirs when they are loaded."""
