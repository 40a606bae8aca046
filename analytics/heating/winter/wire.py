"""A plant in a process of its own, met by JSON lines only."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import selectors
import shlex
import subprocess
import tempfile
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from analytics.heating.winter.errors import PlantError

ANSWER_S = 30.0
_LONGEST_LINE = 16 << 20
_CHUNK = 1 << 16
_PROTOCOL = 1
_STEP_S = 300


class PlantProcess:
    """One run of a plant. Raises PlantError from every call when the plant fails; end it with `close`."""

    def __init__(self, command: str, seed: int, answer_s: float = ANSWER_S) -> None:
        self._command, self._answer_s, self._buffer = command, answer_s, b""
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own command
                [*shlex.split(command), "--seed", str(seed)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
            )
        except (OSError, ValueError) as reason:
            self._words.close()
            raise PlantError(f"the plant `{command}` cannot be started: {reason}") from reason
        try:
            self.time, self.points = self._greeting(self._read())
        except PlantError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def step(self, commands: Mapping[str, float]) -> dict[str, float]:
        """Send the commands that are due; the values five minutes later, missing ones as NaN."""
        line = json.dumps({"time": text(self.time), "set": commands}, ensure_ascii=False) + "\n"
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()
        except OSError:
            raise self._dead() from None
        answer, due = self._read(), self.time + dt.timedelta(seconds=_STEP_S)
        try:
            told = moment(answer["time"])
            values = {str(point): _number(value) for point, value in answer["values"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as reason:
            raise self._nonsense(answer, f"expected `time` and `values` ({reason})") from reason
        if told != due:
            raise self._nonsense(answer, f"its time should be {text(due)}")
        self.time = due
        return values

    def close(self) -> None:
        """End the plant by closing its input; it is killed if it does not end."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._words.close()

    def _greeting(self, first: dict[str, Any]) -> tuple[dt.datetime, dict[str, bool]]:
        try:
            if first["plant"] != _PROTOCOL or first["step_s"] != _STEP_S:
                raise self._nonsense(first, f"expected plant {_PROTOCOL} and steps of {_STEP_S} s")
            points = {str(point): bool(about["settable"]) for point, about in first["points"].items()}
            return moment(first["start"]), points
        except (KeyError, TypeError, ValueError, AttributeError) as reason:
            words = "the first line must hold `plant`, `start`, `step_s` and `points`"
            raise self._nonsense(first, f"{words} ({reason})") from reason

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        number, deadline = self._process.stdout.fileno(), time.monotonic() + self._answer_s
        with selectors.DefaultSelector() as ready:
            ready.register(number, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not ready.select(max(deadline - time.monotonic(), 0.0)):
                    raise PlantError(
                        f"the plant stalled: no answer within {self._answer_s:g} s {self._when()}"
                    )
                more = os.read(number, _CHUNK)
                if not more:
                    raise self._dead()
                self._buffer += more
                if len(self._buffer) > _LONGEST_LINE:
                    raise PlantError(
                        f"the plant answered a line of over {_LONGEST_LINE} bytes {self._when()}"
                    )
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            found = json.loads(line)
        except ValueError as reason:
            raise self._nonsense(line.decode(errors="replace"), "it is no JSON") from reason
        if not isinstance(found, dict):
            raise self._nonsense(found, "expected an object")
        return found

    def _when(self) -> str:
        return f"at {text(self.time)}" if hasattr(self, "time") else "at its first line"

    def _nonsense(self, answer: object, why: str) -> PlantError:
        return PlantError(f"the plant answered nonsense {self._when()}: {str(answer)[:200]!r}; {why}")

    def _dead(self) -> PlantError:
        code = self._process.wait(5) if self._process.poll() is None else self._process.returncode
        self._words.seek(0)
        last = self._words.read().decode(errors="replace").strip().splitlines()[-1:]
        said = f": {last[0][:300]}" if last else ""
        return PlantError(f"the plant ended with {code} {self._when()}{said}")


def moment(written: str) -> dt.datetime:
    """A UTC time as the protocol writes it. Raises ValueError."""
    found = dt.datetime.fromisoformat(written)
    if found.tzinfo is None:
        raise ValueError(f"{written} has no time zone: end it with Z")
    return found.astimezone(dt.UTC)


def text(when: dt.datetime) -> str:
    """A UTC time in the protocol's form."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(value: object) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, bool | int | float):
        return float(value)
    raise ValueError(f"{value!r} is no number")
