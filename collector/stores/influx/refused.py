"""What InfluxDB will never take, kept with its reason in a file of bounded size for a person to look at."""

from __future__ import annotations

import base64
import logging
import os
from pathlib import Path

import orjson

from config.clock import Clock

log = logging.getLogger(__name__)

FILE = "influx_refused.jsonl"
MOST_BYTES = 64 << 20


class RefusedLines:
    """Appends to the file; the older half of a full one is the file `.1`. count: since the start."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.path = folder / FILE
        self.count = 0
        self._clock = clock

    def keep(self, reason: str, lines: bytes, readings: int) -> None:
        """On disk when this returns."""
        log.error("InfluxDB refused %d readings, kept in %s: %s", readings, self.path, reason)
        self.count += readings
        try:
            text: dict[str, object] = {"lines": lines.decode()}
        except UnicodeDecodeError:
            text = {"base64": base64.b64encode(lines).decode()}
        row = {"at_ns": self._clock.now_ns(), "reason": reason, "readings": readings, **text}
        if self.path.exists() and self.path.stat().st_size > MOST_BYTES // 2:
            self.path.replace(self.path.with_suffix(".jsonl.1"))
        with self.path.open("ab") as file:
            file.write(orjson.dumps(row) + b"\n")
            file.flush()
            os.fsync(file.fileno())
