"""The simulator as a running part, in virtual time: what it says, what it answers, how it goes on."""

from __future__ import annotations

import datetime as dt
import queue
from pathlib import Path

import numpy as np
import orjson
import pytest
from click.testing import CliRunner

from collector.reading import ReadingBatch
from config.clock import DAY, HOUR, MINUTE, SECOND, ManualClock
from config.loading import load_plant
from config.plant import Plant
from config.point_numbers import MemoryNumbers
from device_sim.cli import simulate
from device_sim.commands import answer
from device_sim.fleet import Fleet
from device_sim.history import STATE_FILE, TRUTH_FILE
from device_sim.messages import Envelopes
from device_sim.publisher import Broker, Written
from device_sim.scenario import PlantedFault, Scenario
from device_sim.service import RUNNING_FILE, Live, Orders, missed, plan_run, step_for
from device_sim.suites.plants import asset, make_plant
from device_sim.truth import read_truth, write_truth

NOW = int(dt.datetime(2025, 1, 13, 12, tzinfo=dt.UTC).timestamp()) * SECOND


class Listener:
    """Stands in for the MQTT clients and keeps what was published."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, object]]] = []
        self.statuses: list[tuple[str, bytes]] = []
        self.written: queue.SimpleQueue[Written] = queue.SimpleQueue()
        self.stopped = False

    def start(self) -> None:
        self.statuses.clear()

    def stop(self) -> None:
        self.stopped = True

    def publish(self, device: str, topic: str, payload: bytes) -> None:
        self.sent.append((topic, orjson.loads(payload)))

    def tell_status(self, devices: dict[str, object], word: bytes) -> None:
        self.statuses += [(device, word) for device in devices]

    def of(self, topic: str) -> list[dict[str, object]]:
        return [payload for sent, payload in self.sent if sent == topic]


@pytest.fixture(scope="module")
def plant() -> Plant:
    gateway = {"device": "gateway"}
    return make_plant(
        [
            asset("boiler-1", "hot_water_boiler") | gateway,
            asset("pump-1", "circulation_pump", "boiler-1") | gateway,
            asset("zone-1", "heating_zone", "pump-1"),
        ]
    )


def _live(
    plant: Plant, clock: ManualClock, listener: Listener, orders: Orders, *faults: PlantedFault
) -> Live:
    return Live(plant, clock, listener, Scenario(faults), orders)  # type: ignore[arg-type]


def test_messages_carry_one_moment_of_one_asset_numbered_per_device(plant: Plant) -> None:
    numbers = {name: p.number for name, p in plant.points.items()}
    batch = ReadingBatch.of(
        [numbers["lab/boiler-1/flow"], numbers["lab/pump-1/dp"], numbers["lab/boiler-1/pressure"]] * 2,
        np.repeat([NOW, NOW + MINUTE], 3),
        [45.2, 1.1, 2.4, 45.3, 1.2, 2.5],
        received_at=NOW,
    )
    sent = [(d, t, orjson.loads(p)) for d, t, p in Envelopes(plant, "b7").of(batch)]
    assert [(device, topic) for device, topic, _ in sent] == [
        ("lab/gateway", "facility/lab/boiler-1/telemetry"),
        ("lab/gateway", "facility/lab/boiler-1/telemetry"),
        ("lab/gateway", "facility/lab/pump-1/telemetry"),
        ("lab/gateway", "facility/lab/pump-1/telemetry"),
    ]
    assert sent[1][2] == {
        "ts": (NOW + MINUTE) // 1_000_000,
        "values": {"flow": 45.3, "pressure": 2.5},
        "seq": 2,
        "boot": "b7",
    }
    assert [p["seq"] for _, _, p in sent] == [1, 2, 3, 4]


def test_nothing_to_say_is_no_message(plant: Plant) -> None:
    assert list(Envelopes(plant, "b").of(ReadingBatch.empty())) == []


def test_a_run_begins_with_everything_and_then_keeps_to_its_intervals(plant: Plant) -> None:
    clock, listener = ManualClock(NOW), Listener()
    live = _live(plant, clock, listener, Orders())
    live.begin()
    assert ("lab/gateway", b"online") in listener.statuses
    first = listener.of("facility/lab/zone-1/telemetry")
    assert set(first[0]["values"]) == set(plant.kinds["heating_zone"].points)  # type: ignore[call-overload]
    for _ in range(600):
        clock.wind(1)
        live.tick()
    rooms = [p for p in listener.of("facility/lab/zone-1/telemetry") if "room_temp" in p["values"]]  # type: ignore[operator]
    assert len(rooms) == 3  # the first word, and two in ten minutes
    numbers = [p["seq"] for t, p in listener.sent if "/zone-1/" in t]
    assert numbers == list(range(1, len(numbers) + 1))
    live.end()
    assert listener.statuses[-1][1] == b"offline"
    assert listener.stopped


def test_a_fault_is_on_the_wire_in_the_second_it_happens(plant: Plant) -> None:
    clock, listener = ManualClock(NOW), Listener()
    live = _live(
        plant, clock, listener, Orders(), PlantedFault(NOW + 30 * SECOND, "lab/boiler-1", "ignition")
    )
    live.begin()
    for _ in range(40):
        clock.wind(1)
        live.tick()
    locked = [
        p["ts"]
        for p in listener.of("facility/lab/boiler-1/telemetry")
        if p["values"].get("lockout") == 1  # type: ignore[attr-defined]
    ]
    assert locked[0] == (NOW + 30 * SECOND) // 1_000_000


def test_a_setpoint_is_taken_acknowledged_and_proved_by_the_next_readings(plant: Plant) -> None:
    clock, listener = ManualClock(NOW), Listener()
    live = _live(plant, clock, listener, Orders())
    live.begin()
    order = {"id": "c1", "point": "setpoint", "value": 16.5, "expires": NOW // 1_000_000 + 60_000}
    listener.written.put(Written("facility/lab/zone-1/set", orjson.dumps(order)))
    for _ in range(16 * 60):
        clock.wind(1)
        live.tick()
    assert listener.of("facility/lab/zone-1/ack") == [{"id": "c1", "ok": True, "value": 16.5}]
    told = [
        p["values"]["setpoint"]
        for p in listener.of("facility/lab/zone-1/telemetry")
        if "setpoint" in p["values"]
    ]  # type: ignore[index,operator]
    assert told[-1] == 16.5


@pytest.mark.parametrize(
    ("payload", "reply"),
    [
        ({"id": "a", "point": "setpoint", "value": 90}, {"id": "a", "ok": False, "reason": "not_settable"}),
        ({"id": "a", "point": "valve", "value": 20}, {"id": "a", "ok": False, "reason": "not_settable"}),
        (
            {"id": "a", "point": "setpoint", "value": 20, "expires": 5},
            {"id": "a", "ok": False, "reason": "expired"},
        ),
        ({"id": 5, "point": "setpoint", "value": 20}, None),
        ({"id": "a", "value": 20}, None),
        ({"id": "a", "point": "setpoint", "value": "warm"}, None),
        ([1, 2], None),
    ],
)
def test_what_a_device_does_not_take_has_a_named_reason(
    plant: Plant, payload: object, reply: dict[str, object] | None
) -> None:
    found = answer(Fleet(plant), Written("facility/lab/zone-1/set", orjson.dumps(payload)), NOW)
    assert (orjson.loads(found[2]) if found else None) == reply


def test_garbage_and_strangers_get_no_answer(plant: Plant) -> None:
    assert answer(Fleet(plant), Written("facility/lab/zone-1/set", b"\xff{"), NOW) is None
    order = orjson.dumps({"id": "a", "point": "setpoint", "value": 20})
    assert answer(Fleet(plant), Written("facility/lab/zone-9/set", order), NOW) is None


def test_a_new_run_breaks_things_once_and_a_restart_breaks_no_more(plant: Plant, tmp_path: Path) -> None:
    orders = Orders(data_dir=tmp_path)
    past = PlantedFault(NOW - 5 * DAY, "lab/boiler-1", "soot", DAY, end_ns=NOW - 2 * DAY)
    write_truth(tmp_path / TRUTH_FILE, plant, [past])
    first = plan_run(plant, NOW, orders)
    new = [p for p in first.faults if p.onset_ns >= NOW]
    assert past in first.faults
    assert {plant.assets[p.asset].family for p in new if p.onset_ns < NOW + MINUTE} == {"boiler", "heating"}
    (tmp_path / RUNNING_FILE).touch()  # it broke off
    assert plan_run(plant, NOW + 2 * MINUTE, orders).faults == first.faults
    assert set(read_truth(tmp_path / TRUTH_FILE)) == set(first.faults)
    tomorrow = plan_run(plant, NOW + DAY, orders)
    assert len([p for p in tomorrow.faults if NOW + DAY < p.onset_ns < NOW + DAY + MINUTE]) == 2
    assert set(read_truth(tmp_path / TRUTH_FILE)) == set(tomorrow.faults)  # what never came is not told


def test_a_run_goes_on_where_the_last_one_ended(plant: Plant, tmp_path: Path) -> None:
    clock, orders = ManualClock(NOW), Orders(data_dir=tmp_path)
    first = _live(plant, clock, Listener(), orders)
    first.begin()
    first.end()
    assert (tmp_path / STATE_FILE).exists()
    clock.wind(2 * 3600)
    listener = Listener()
    second = _live(plant, clock, listener, orders)
    second.begin()
    moments = [p["ts"] * 1_000_000 for p in listener.of("facility/lab/boiler-1/telemetry")]  # type: ignore[operator]
    assert min(moments) >= NOW + 2 * HOUR - 9 * MINUTE  # what is longer ago is not told
    assert len(moments) > 5
    hours = [
        p["values"]["run_hours"]
        for p in listener.of("facility/lab/boiler-1/telemetry")
        if "run_hours" in p["values"]
    ]  # type: ignore[index,operator]
    assert 6000.5 < hours[-1] < 6002.5  # the burner lived through the two hours


def test_missed_time_is_lived_through_coarsely_and_told_only_where_it_is_not_late() -> None:
    stretches = list(missed(NOW - 3 * HOUR, NOW))
    assert [(step, told) for _, step, told in stretches] == [(15 * MINUTE, False), (MINUTE, True)]
    assert stretches[-1][0][0] >= NOW - 8 * MINUTE
    assert stretches[-1][0][-1] < NOW
    assert [told for _, _, told in missed(NOW - 2 * MINUTE, NOW)] == [True]


@pytest.mark.parametrize(("speed", "step"), [(0.5, 1), (1, 1), (7, 5), (60, 60), (600, 60)])
def test_the_step_follows_the_speed(speed: float, step: int) -> None:
    assert step_for(speed) == step


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://broker.local", ("broker.local", 1883, False)),
        ("mqtts://10.0.0.5:9999", ("10.0.0.5", 9999, True)),
    ],
)
def test_a_broker_address_is_read(url: str, address: tuple[str, int, bool]) -> None:
    assert Broker(url).address == address


def test_a_facility_of_many_devices_is_written_for_the_node(tmp_path: Path) -> None:
    done = CliRunner().invoke(simulate, ["--devices", "50", "--write-facility", str(tmp_path)])
    assert done.exit_code == 0
    assert f"CARETAKER_FACILITY={tmp_path}" in done.output
    assert len(load_plant(tmp_path, MemoryNumbers()).assets) == 50
    assert CliRunner().invoke(simulate, ["--write-facility", str(tmp_path)]).exit_code == 2
