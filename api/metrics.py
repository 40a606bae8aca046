"""GET /metrics: the node's figures as Prometheus text (exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psutil
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth import IntakeViewer, Running
from api.notify.deliveries import waiting
from api.parts import Parts
from api.services.health import health
from api.services.intake import ledger_totals
from api.stream.hub import Hub

router = APIRouter()
_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[Mapping[str, object], float]


@router.get("/metrics", include_in_schema=False)
def get_metrics(request: Request, parts: Running, _user: IntakeViewer) -> Response:
    """Totals of the installation; they tell nothing of single assets."""
    hub: Hub = request.app.state.hub
    return Response("".join(_lines(parts, hub)), media_type=_TYPE)


def _lines(parts: Parts, hub: Hub) -> Iterator[str]:
    yield from _family("caretaker_readings_total", "counter", "Readings by outcome", _readings(parts))
    yield from _family("caretaker_part_up", "gauge", "1 while the part says that it is well", _parts(parts))
    yield from _family("caretaker_alarms", "gauge", "Open alarms", _alarms(parts))
    yield from _single("caretaker_outbox_waiting", "gauge", "Events not yet told", waiting(parts.engine))
    yield from _single("caretaker_streams", "gauge", "Open live streams", hub.clients)
    yield from _single("caretaker_streams_cut_total", "counter", "Streams cut as too slow", hub.cuts)
    process = psutil.Process()
    memory = process.memory_info().rss
    yield from _single("process_resident_memory_bytes", "gauge", "Memory of the api", memory)
    cpu = process.cpu_times()
    yield from _single("process_cpu_seconds_total", "counter", "CPU time of the api", cpu.user + cpu.system)


def _readings(parts: Parts) -> list[Sample]:
    totals = ledger_totals(parts)
    return [({"outcome": name}, float(count)) for name, count in totals.items()]


def _parts(parts: Parts) -> list[Sample]:
    found = health(parts.engine, parts.clock).parts
    return [({"part": name}, float(part.state == "ok")) for name, part in found.items()]


def _alarms(parts: Parts) -> list[Sample]:
    return [
        (
            {
                "site": c.site,
                "family": c.family,
                "priority": c.priority,
                "state": c.state,
                "quiet": str(c.quiet).lower(),
            },
            float(c.alarms),
        )
        for c in parts.alarms.counts()
    ]


def _family(name: str, kind: str, text: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {text}.\n# TYPE {name} {kind}\n"
    for labels, value in samples:
        shown = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
        yield f"{name}{{{shown}}} {value!r}\n" if shown else f"{name} {value!r}\n"


def _single(name: str, kind: str, text: str, value: float) -> Iterator[str]:
    yield from _family(name, kind, text, [({}, float(value))])


def _escaped(label: Any) -> str:
    return str(label).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
