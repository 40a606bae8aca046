"""Intake as people see it: ledger, quarantine and its replay, and values typed by a person."""

from __future__ import annotations

from typing import Any

from api.parts import Parts
from api.rights import Action, Scope, User
from api.services.permission import require
from collector.ledger import read_ledger


def ledger(parts: Parts, user: User) -> dict[str, Any]:
    """Totals of the installation, lags of the stores, and the devices that the user may see."""
    scope = require(user, Action.SEE_INTAKE)
    found = read_ledger(parts.engine)
    return {**found, "devices": [d for d in found["devices"] if _covers(parts, scope, d["device"])]}


def ledger_totals(parts: Parts) -> dict[str, int]:
    """The totals alone."""
    found = read_ledger(parts.engine)
    return {name: found[name] for name in ("received", "stored", "duplicate", "quarantined", "in_flight")}


def _covers(parts: Parts, scope: Scope, device: str | None) -> bool:
    """Whether the device carries something within the scope; unknown ones are seen by those who see all."""
    carried = parts.plant.by_device.get(device or "", [])
    return scope.unlimited or any(scope.covers(a.site, a.family) for a in carried)
