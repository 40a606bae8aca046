"""How a part logs: one short line of text for people, or one JSON object a line for machines."""

from __future__ import annotations

import datetime as dt
import logging
import sys
from typing import Any, Literal, TextIO

import orjson

from config.secrets import SECRETS, RedactingFilter

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

_CHATTY = ("httpx", "httpcore", "alembic", "asyncio", "uvicorn.access", "watchfiles", "multipart")
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class TextLines(logging.Formatter):
    """`12:31:07 warning collector: broker away  (attempt=3)`."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        clock = dt.datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        extra = ", ".join(f"{key}={value}" for key, value in _extra(record).items())
        line = f"{clock} {record.levelname.lower()} {self._part}: {record.getMessage()}"
        line += f"  ({extra})" if extra else ""
        return f"{line}\n{record.exc_text}" if record.exc_text else line


class JsonLines(logging.Formatter):
    """One object a line: time (UTC), level, part, logger, message, what else was given, error."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._part = part

    def format(self, record: logging.LogRecord) -> str:
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "part": self._part,
            "logger": record.name,
            "message": record.getMessage(),
            **_extra(record),
        }
        if record.exc_text:
            line["error"] = record.exc_text
        return orjson.dumps(line, default=str).decode()


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller gave as `extra`, without secrets."""
    given = {key: value for key, value in vars(record).items() if key not in _OWN}
    return {k: v if isinstance(v, int | float) else SECRETS.redact(str(v)) for k, v in given.items()}


def set_up_logs(
    part: str, level: LogLevel = "info", form: LogFormat = "text", stream: TextIO | None = None
) -> None:
    """Log to the stream (standard error) from now on, secrets blotted out. Calling it again replaces it."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines(part) if form == "json" else TextLines(part))
    handler.addFilter(RedactingFilter(SECRETS))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
