"""Setpoints written to simulated devices, and what the devices answer.

`facility/<site>/<asset>/set` carries `{"id", "point", "value", "expires"?}` (expires: UTC milliseconds); the
answer under `…/ack` is `{"id", "ok", "value"?, "reason"?}`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import orjson

from collector.wire.native import topic_of
from device_sim.fleet import Fleet
from device_sim.publisher import Written

_MS = 1_000_000


class Refusal(StrEnum):
    """Why a device does not take a setpoint."""

    EXPIRED = "expired"
    NOT_SETTABLE = "not_settable"


def answer(fleet: Fleet, written: Written, now_ns: int) -> tuple[str, str, bytes] | None:
    """Carry out what was written: device, topic and payload of the answer; None: nothing to answer to."""
    asset = "/".join(written.topic.split("/")[1:3])
    command = _read(written.payload)
    if command is None or asset not in fleet.plant.assets:
        return None
    refusal = _carry_out(fleet, asset, command, now_ns)
    reply: dict[str, Any] = {"id": command["id"], "ok": refusal is None}
    reply |= {"value": command["value"]} if refusal is None else {"reason": refusal}
    return fleet.plant.assets[asset].device, topic_of(asset, "ack"), orjson.dumps(reply)


def _carry_out(fleet: Fleet, asset: str, command: dict[str, Any], now_ns: int) -> Refusal | None:
    expires = command.get("expires")
    if isinstance(expires, int | float) and expires * _MS < now_ns:
        return Refusal.EXPIRED
    taken = fleet.command(asset, command["point"], float(command["value"]))
    return None if taken else Refusal.NOT_SETTABLE


def _read(payload: bytes) -> dict[str, Any] | None:
    try:
        command = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(command, dict) or not isinstance(command.get("value"), int | float):
        return None
    whole = isinstance(command.get("id"), str) and isinstance(command.get("point"), str)
    return command if whole else None
