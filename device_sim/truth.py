"""The ground truth: which fault befell what and when, one JSON line each, for judging detectors."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from config.clock import SECOND
from config.plant import Plant
from device_sim.heat_network import affected_by
from device_sim.scenario import PlantedFault, fault_of


def describe(plant: Plant, planted: PlantedFault) -> dict[str, Any]:
    """A planted fault as the truth log tells it; `full`: when it has grown to its severity, `end`: repaired.

    `affects` names other assets whose readings may suffer with it. Raises UnknownFaultError.
    """
    fault, asset = fault_of(plant, planted), plant.assets[planted.asset]
    return {
        "asset": asset.id,
        "kind": asset.kind.kind,
        "family": asset.family,
        "fault": planted.fault,
        "cause": fault.causes,
        "onset": _write_time(planted.onset_ns),
        "full": _write_time(planted.full_ns),
        "end": None if planted.end_ns is None else _write_time(planted.end_ns),
        "severity": planted.severity,
        "raises": list(fault.raises),
        "affects": list(affected_by(plant, asset.id)),
    }


def write_truth(path: Path, plant: Plant, faults: Iterable[PlantedFault]) -> None:
    """Make the log tell these faults and no others; on disk when it returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".new")
    with aside.open("wb") as log:
        for planted in sorted(faults):
            log.write(orjson.dumps(describe(plant, planted)) + b"\n")
        log.flush()
        os.fsync(log.fileno())
    aside.replace(path)


def read_truth(path: Path) -> list[PlantedFault]:
    """All faults of a log; none where there is no log."""
    if not path.exists():
        return []
    found = []
    for line in path.read_bytes().splitlines():
        told = orjson.loads(line)
        onset = _read_time(told["onset"])
        end = None if told["end"] is None else _read_time(told["end"])
        ramp = _read_time(told["full"]) - onset
        found.append(PlantedFault(onset, told["asset"], told["fault"], ramp, told["severity"], end))
    return found


def _write_time(ns: int) -> str:
    whole = dt.datetime.fromtimestamp(ns // SECOND, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{ns % SECOND // 1_000_000:03d}Z"


def _read_time(text: str) -> int:
    moment = dt.datetime.fromisoformat(text)
    return int(moment.timestamp()) * SECOND + moment.microsecond * 1000
