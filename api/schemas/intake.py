"""Shapes of the ledger, the quarantine and the outcome of what a person handed in."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from api.schemas.common import Shape
from api.services.intake import TOTALS, HandedIn
from api.times import rfc3339_or_none


class DeviceShape(Shape):
    """One publisher's share. missing: messages that its sequence numbers say never came."""

    device: str
    received: int
    stored: int
    duplicate: int
    quarantined: int
    missing: int
    last: str | None
    online: bool | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> DeviceShape:
        counts = {name: row[name] for name in (*TOTALS[:4], "missing")}
        last = rfc3339_or_none(row["last_ns"] or None)
        return cls(device=row["device"], **counts, last=last, online=row["online"])


class LedgerShape(Shape):
    """received = stored + duplicate + quarantined + in_flight. stores: how far each reader is behind."""

    received: int
    stored: int
    duplicate: int
    quarantined: int
    in_flight: int
    missing: int
    at: str | None
    devices: list[DeviceShape]
    stores: list[dict[str, Any]]

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> LedgerShape:
        return cls(
            **{name: found[name] for name in (*TOTALS, "missing", "stores")},
            at=rfc3339_or_none(found["at_ns"] or None),
            devices=[DeviceShape.of(row) for row in found["devices"]],
        )


class QuarantineShape(Shape):
    """A message that could not be taken, or not whole. count: its readings that are refused."""

    id: int
    topic: str
    device: str
    reason: str
    detail: str
    count: int
    at: str | None
    size: int
    sha256: str
    state: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> QuarantineShape:
        return cls(**_message(row))


class QuarantineDetail(QuarantineShape):
    """With the kept beginning of the payload: as text, where it is some, and in base64."""

    text: str | None
    raw: str

    @classmethod
    def whole(cls, row: Mapping[str, Any]) -> QuarantineDetail:
        payload = bytes(row["raw"])
        return cls(**_message(row), text=_text(payload), raw=base64.b64encode(payload).decode())


def _message(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "topic", "device", "reason", "detail", "count", "size", "sha256", "state")
    return {**{name: row[name] for name in names}, "at": rfc3339_or_none(row["at_ns"])}


def _text(payload: bytes) -> str | None:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None


class Outcome(Shape):
    """What became of it. state `waiting`: kept, and taken in when the collector is back."""

    request: str
    state: str
    outcome: dict[str, Any] | None

    @classmethod
    def of(cls, handed: HandedIn) -> Outcome:
        state = "waiting" if handed.outcome is None else "done"
        return cls(request=handed.request, state=state, outcome=handed.outcome and dict(handed.outcome))
