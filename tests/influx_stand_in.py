"""A small HTTP server in InfluxDB's place, for answers that a healthy one does not give."""

from __future__ import annotations

import gzip
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from config.settings_model import Influx


@dataclass
class StandIn:
    """Takes lines as InfluxDB would; `answers` are given first, in order, and then nothing is taken.

    most_bytes: larger bodies are answered with 413. poison: a body with this in it is answered with 400.
    delay_s: how long every answer takes.
    """

    answers: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    most_bytes: int = 1 << 30
    poison: bytes = b"\x00"
    delay_s: float = 0.0
    lines: list[bytes] = field(default_factory=list)
    bodies: list[int] = field(default_factory=list)

    def __enter__(self) -> StandIn:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def settings(self) -> Influx:
        return Influx(url=f"http://127.0.0.1:{self._http.server_port}", token="secret", bucket="readings")

    def _answer(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        time.sleep(self.delay_s)
        if self.answers:
            return *self.answers.popleft(), b"as told"
        if len(body) > self.most_bytes:
            return 413, {}, b"too large"
        if self.poison in body:
            return 400, {}, b"unable to parse a line"
        lines = body.splitlines()
        self.lines += lines
        self.bodies.append(len(lines))
        return 204, {}, b""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                status, headers, words = stand_in._answer(body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(words)))
                with suppress(ConnectionError):  # who asked may have lost patience
                    self.end_headers()
                    self.wfile.write(words)

            def log_message(self, *_: Any) -> None:
                """Tests read pytest's output, not this."""

        return Handler
