"""Keeps the parts of one node running, each as its own process: start, watch, restart with back-off, stop."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

SUPERVISED = "CARETAKER_SUPERVISED"
_FIRST_WAIT, _LONGEST_WAIT, _SETTLED = 0.5, 30.0, 60.0
_GRACE, _LOOK = 10.0, 0.2


@dataclass(frozen=True)
class Part:
    """One process of ours: its name and the `caretaker` arguments that start it."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


class _Child:
    """A running part and what its past deaths ask for, in the machine's own time: processes live in it."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.wait = _FIRST_WAIT
        self.restarts = 0
        self.due = 0.0
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0

    def start(self) -> None:
        command = [sys.executable, str(Path(__file__).parent.parent / "caretaker.py"), *self.part.arguments]
        environment = {**os.environ, **self.part.environment, SUPERVISED: "1"}
        # A session of its own keeps the terminal's Ctrl-C with the supervisor; the pipe on standard
        # input closes when the supervisor dies, whatever it dies of, and the child ends by itself.
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own command
            command, stdin=subprocess.PIPE, env=environment, start_new_session=True
        )
        self.started = time.monotonic()

    def died(self) -> int | None:
        """The exit code, once, when the process has ended."""
        if self.process is None or self.process.poll() is None:
            return None
        code, self.process = self.process.returncode, None
        if time.monotonic() - self.started > _SETTLED:
            self.wait = _FIRST_WAIT
        self.due = time.monotonic() + self.wait
        self.wait = min(self.wait * 2, _LONGEST_WAIT)
        self.restarts += 1
        return code

    def restart_when_due(self) -> None:
        if self.process is None and time.monotonic() >= self.due:
            self.start()

    def end(self) -> None:
        """Ask the process to end, and insist."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        _await([self.process])


class Supervisor:
    """Runs parts. `on_death(part, exit_code, restarts)` is told of every end that nobody asked for."""

    def __init__(self, parts: Sequence[Part], on_death: Callable[[str, int, int], None]) -> None:
        self._children = [_Child(p) for p in parts]
        self._on_death = on_death

    def start(self) -> None:
        """Start every part, in order."""
        for child in self._children:
            child.start()

    def add(self, parts: Sequence[Part]) -> None:
        """Start more parts."""
        for part in parts:
            child = _Child(part)
            self._children.append(child)
            child.start()

    def watch(self, stop: threading.Event, *, each_second: Callable[[], None] | None = None) -> None:
        """Restart what dies until `stop` is set. The caller then ends everything with `stop()`."""
        beats = 0
        while not stop.wait(_LOOK):
            self._tend_all()
            beats += 1
            if each_second is not None and beats * _LOOK >= 1:
                beats = 0
                each_second()

    def tend_until(self, once: Part, stop: threading.Event) -> bool:
        """Run a part that ends by itself, and tend the others meanwhile; it is tried again until it succeeds.

        Returns False when `stop` was set first.
        """
        child = _Child(once)
        child.start()
        try:
            while not stop.wait(_LOOK):
                self._tend_all()
                code = child.died()
                if code == 0:
                    return True
                if code is not None:
                    self._on_death(once.name, code, child.restarts)
                child.restart_when_due()
            return False
        finally:
            child.end()

    def _tend_all(self) -> None:
        for child in self._children:
            self._tend(child)

    def _tend(self, child: _Child) -> None:
        code = child.died()
        if code is not None:
            log.error("%s ended with %s, restart %d follows", child.part.name, code, child.restarts)
            self._on_death(child.part.name, code, child.restarts)
        child.restart_when_due()

    def processes(self) -> dict[str, int]:
        """Process ids of the running parts by name."""
        return {c.part.name: c.process.pid for c in self._children if c.process is not None}

    def stop(self) -> None:
        """Ask every part to end, then insist."""
        running = [c.process for c in reversed(self._children) if c.process is not None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        _await(running)
        self._children.clear()


def _await(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + _GRACE
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def end_with_supervisor(stop: threading.Event) -> None:
    """In a supervised child: set `stop` when the supervisor is gone."""

    def wait_for_end() -> None:
        # Not through sys.stdin: its lock would be held when the interpreter ends.
        while os.read(0, 1):
            continue
        stop.set()

    if os.environ.get(SUPERVISED):
        threading.Thread(target=wait_for_end, name="supervisor-watch", daemon=True).start()
