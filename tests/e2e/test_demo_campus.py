"""A newcomer starts the demo: history is there, and new true alarms come from every family."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import httpx
import pytest

from tests.e2e.demo import Demo

pytestmark = pytest.mark.xdist_group("demo")

FAMILIES = {"boiler", "heating", "fire", "canteen"}
PATIENCE_S = 120


def _truth(demo: Demo) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (demo.folder / "truth.jsonl").read_text().splitlines()]


def _new_alarms(client: httpx.Client) -> list[dict[str, Any]]:
    since = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=10)).isoformat()
    items: list[dict[str, Any]] = client.get("/alarms", params={"since": since}).json()["items"]
    return items


def _explained(alarm: dict[str, Any], truth: list[dict[str, Any]]) -> bool:
    return any(
        fault["asset"] == alarm["asset"]
        and (alarm["rule"] in fault["raises"] or alarm["rule"].startswith("fault."))
        and fault["onset"] <= alarm["since"] <= (fault["end"] or "9999")
        for fault in truth
    )


def test_each_family_has_a_new_alarm_and_the_truth_log_knows_why(demo: Demo) -> None:
    with demo.api() as client:
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            alarms = [a for a in _new_alarms(client) if a["family"] in FAMILIES]
            if {a["family"] for a in alarms} == FAMILIES:
                break
            time.sleep(1)
    assert {a["family"] for a in alarms} == FAMILIES
    truth = _truth(demo)
    untrue = [(a["asset"], a["rule"]) for a in alarms if not _explained(a, truth)]
    assert not untrue


def test_sixty_days_are_there_to_look_at(demo: Demo) -> None:
    now = dt.datetime.now(dt.UTC)
    with demo.api() as client:
        asked = {"point": "north/weather/outdoor_temp", "window": "1d", "agg": "mean"}
        asked |= {"start": (now - dt.timedelta(days=60)).isoformat(), "end": now.isoformat()}
        answer = client.get("/readings", params=asked)
        assert answer.status_code == 200, answer.text
        ledger = client.get("/ledger").json()
        since = (now - dt.timedelta(days=60)).isoformat()
        past = client.get("/alarms", params={"since": since}).json()["items"]
    assert len(answer.json()["items"]) >= 59
    assert ledger["received"] >= 5_000_000
    parts = ("stored", "duplicate", "quarantined", "in_flight")
    assert ledger["received"] == sum(ledger[name] for name in parts)
    assert len(past) >= 30


def test_every_part_shows_signs_of_life(demo: Demo) -> None:
    wanted = {"broker", "collect", "store", "analyse", "notify", "serve"}
    end = time.monotonic() + 30
    while time.monotonic() < end:
        parts = httpx.get(f"{demo.address}/api/v1/health").json()["parts"]
        if wanted <= {name for name, part in parts.items() if part["state"] == "ok"}:
            break
        time.sleep(0.5)
    assert {name: parts.get(name, {}).get("state") for name in wanted} == dict.fromkeys(wanted, "ok")
