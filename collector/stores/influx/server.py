"""The server's three calls that carry readings: write lines, ask in InfluxQL, delete by time.

They exist alike in InfluxDB 2, Cloud and (but for deleting) 1.8. `influxdb-client` is used for set-up only:
on the way of readings its layers cost more than the lines themselves.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
import urllib3

from collector.stores.influx.away import Away, StoreAway
from config.settings_model import Influx

_CONNECT_S, _WRITE_S, _READ_S = 3.0, 10.0, 10.0
_LONGEST_WAIT_S = 600.0
_MUTE_S = 5.0
"""After a question without an answer, the next ones fail at once for so long: who asks must not queue up."""
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Taken(Enum):
    """What became of a body that the server looked at."""

    ALL = auto()
    TOO_LARGE = auto()
    NOT_ALL = auto()  # lines it will never take; the others may be stored


class Server:
    """One InfluxDB and bucket. Raises StoreAway when it does not answer, or answers that it cannot."""

    def __init__(
        self,
        settings: Influx,
        *,
        compress: bool | None = None,
        write_s: float = _WRITE_S,
        read_s: float = _READ_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """compress: gzip what is written; None: unless the server is on this machine.

        write_s, read_s: how long an answer may take.
        """
        assert settings.token is not None
        self.settings = settings
        self.compress = urlsplit(settings.url).hostname not in _LOOPBACK if compress is None else compress
        self._write_s, self._read_s = write_s, read_s
        self._monotonic = monotonic
        self._mute_until = 0.0
        self._pool = urllib3.PoolManager(
            maxsize=4, retries=False, headers={"Authorization": f"Token {settings.token.get_secret_value()}"}
        )

    def write(self, lines: memoryview) -> tuple[Taken, str]:
        """Write line protocol; what became of it, and the server's words if it was not taken whole."""
        body, headers = bytes(lines), {"Content-Type": "text/plain; charset=utf-8"}
        if self.compress:
            packer = zlib.compressobj(1, wbits=31)
            body = packer.compress(lines) + packer.flush()
            headers["Content-Encoding"] = "gzip"
        fields = {"org": self.settings.org, "bucket": self.settings.bucket, "precision": "ns"}
        answer = self._post("/api/v2/write", fields, body, headers, self._write_s)
        if answer.status < 300:
            return Taken.ALL, ""
        if answer.status == 413:
            return Taken.TOO_LARGE, _message(answer)
        if answer.status in {400, 422}:
            return Taken.NOT_ALL, _message(answer)
        raise _away(answer)

    def ask(self, statements: str, bucket: str | None = None) -> list[list[dict[str, Any]]]:
        """The series of each InfluxQL statement; times in ns. Raises StoreAway with the server's words."""
        fields = {"db": bucket or self.settings.bucket, "epoch": "ns"}
        form = urlencode({"q": statements}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if self._monotonic() < self._mute_until:
            raise StoreAway(Away.UNREACHABLE, f"it did not answer in the last {_MUTE_S:.0f} s")
        try:
            answer = self._post("/query", fields, form, headers, self._read_s)
        except StoreAway:
            self._mute_until = self._monotonic() + _MUTE_S
            raise
        if answer.status >= 300:
            raise _away(answer)
        results = orjson.loads(answer.data)["results"]
        for result in results:
            if "error" in result:
                raise StoreAway(Away.FAILED, str(result["error"]))
        return [result.get("series", []) for result in results]

    def delete(self, start: str, stop: str) -> None:
        """Delete all readings between two RFC 3339 times, both included."""
        fields = {"org": self.settings.org, "bucket": self.settings.bucket}
        body = orjson.dumps({"start": start, "stop": stop})
        headers = {"Content-Type": "application/json"}
        answer = self._post("/api/v2/delete", fields, body, headers, self._read_s)
        if answer.status >= 300:
            raise _away(answer)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _post(
        self,
        path: str,
        fields: Mapping[str, str],
        body: bytes,
        headers: Mapping[str, str],
        seconds: float,
    ) -> urllib3.BaseHTTPResponse:
        timeout = urllib3.Timeout(connect=_CONNECT_S, read=seconds)
        url = f"{self.settings.url.rstrip('/')}{path}?{urlencode(fields)}"
        try:
            return self._pool.request(
                "POST", url, body=body, headers={**self._pool.headers, **headers}, timeout=timeout
            )
        except urllib3.exceptions.ReadTimeoutError as error:
            raise StoreAway(Away.TIMED_OUT, f"no answer within {seconds:.0f} s") from error
        except urllib3.exceptions.HTTPError as error:
            raise StoreAway(Away.UNREACHABLE, f"{self.settings.url}: {error}") from error


def _away(answer: urllib3.BaseHTTPResponse) -> StoreAway:
    reasons = {401: Away.UNAUTHORIZED, 403: Away.UNAUTHORIZED, 404: Away.NO_BUCKET}
    reasons |= {429: Away.OVERLOADED, 503: Away.OVERLOADED}
    reason = reasons.get(answer.status, Away.FAILED)
    return StoreAway(reason, f"{answer.status} {_message(answer)}", _retry_after(answer.headers))


def _message(answer: urllib3.BaseHTTPResponse) -> str:
    return answer.data[:500].decode(errors="replace").strip()


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, bounded; the header may hold a number or a date, which is taken against the server's own."""
    value = headers.get("Retry-After")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            asked = parsedate_to_datetime(value)
            seconds = (asked - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), _LONGEST_WAIT_S)


def rfc3339(time_ns: int) -> str:
    """The time as InfluxDB reads it, to the nanosecond."""
    second, rest = divmod(time_ns, 10**9)
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
