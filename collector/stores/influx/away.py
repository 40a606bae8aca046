"""Why InfluxDB takes nothing or answers nothing, and what to do about it."""

from __future__ import annotations

from enum import StrEnum

from collector.stores.base import StoreError


class Away(StrEnum):
    """The reason's word, the same in log, heartbeat and tests."""

    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    OVERLOADED = "overloaded"
    UNAUTHORIZED = "unauthorized"
    NO_BUCKET = "no_bucket"
    FAILED = "failed"


REMEDIES = {
    Away.UNREACHABLE: "start InfluxDB, or correct influx.url",
    Away.TIMED_OUT: "see why InfluxDB is slow (disk, memory, compactions)",
    Away.OVERLOADED: "wait; if it lasts, InfluxDB or its plan is too small for this rate",
    Away.UNAUTHORIZED: "give a token that may read and write the bucket (influx.token_file)",
    Away.NO_BUCKET: "make the bucket, or correct influx.org and influx.bucket",
    Away.FAILED: "see InfluxDB's own log",
}


class StoreAway(StoreError):  # noqa: N818 - a state of the server, not a fault of the program
    """The journal keeps what could not be written. retry_after: the seconds the server asked for."""

    def __init__(self, reason: Away, detail: str, retry_after: float | None = None) -> None:
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(f"InfluxDB is away ({reason}): {detail}. Remedy: {REMEDIES[reason]}.")
