"""What every process of ours begins with: settings, clock, logs, and a clean end on signals."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

from config.clock import Clock, clock_from
from config.logs import set_up_logs
from config.settings import load_settings
from config.settings_model import Settings
from config.supervisor import end_with_supervisor

Body = Callable[[Settings, Clock, threading.Event], None]


def run_process(part: str, body: Body) -> None:
    """Run one part until it is asked to end (SIGTERM, SIGINT, or the supervisor gone)."""
    settings = load_settings()
    set_up_logs(part, settings.log_level, settings.log_format)
    clock = clock_from(os.environ.get("CARETAKER_CLOCK"))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    end_with_supervisor(stop)
    body(settings, clock, stop)
