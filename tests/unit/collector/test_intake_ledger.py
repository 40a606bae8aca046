"""received = stored + duplicate + quarantined, whatever comes: twenty thousand payloads nobody would send."""

from __future__ import annotations

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.intake.blob import Refused, kept
from collector.intake.blob import decode as decode_refused
from collector.intake.blob import encode as encode_refused
from collector.intake.delta import Count, Delta, NamedAnswer, NamedGap, NamedStatus, Replayed, decode, encode
from tests.unit.collector.intake_kit import NOW_MS, Room, message, messages

TOPICS = [
    b"facility/north/boiler-1/telemetry",
    b"facility/south/gateway/telemetry",
    b"facility/north/boiler-2/event",
    b"facility/north/boiler-1/status",
    b"facility/north/boiler-1/ack",
    b"facility/x/y/telemetry",
    b"",
    b"\xff/\x00",
]
NAMES = st.sampled_from(["supply_temp", "return_temp", "burner_on", "boiler-3/supply_temp", "ts", "", "é"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
STAMPS = st.sampled_from([NOW_MS, NOW_MS - 1, NOW_MS + 10**8, "2026-01-05T08:00:00Z", "soon"]) | JSON
MOMENT = st.fixed_dictionaries(
    {"ts": STAMPS, "values": st.dictionaries(NAMES, JSON, max_size=4) | JSON},
    optional={"seq": JSON, "boot": JSON},
)
PAYLOADS = st.binary(max_size=40) | (MOMENT | st.lists(MOMENT, max_size=3) | JSON).map(
    lambda document: (
        orjson.dumps(document, default=str, option=orjson.OPT_NON_STR_KEYS)
        if _fits(document)
        else b"too large a number"
    )
)
BATCHES = st.lists(
    st.tuples(st.sampled_from(TOPICS) | st.binary(max_size=20), PAYLOADS), min_size=1, max_size=200
)


def _fits(document: object) -> bool:
    try:
        orjson.dumps(document)
    except TypeError:
        return False
    return True


def test_twenty_thousand_fuzzed_payloads_are_all_accounted_for(tmp_path):
    fuzz(Room(tmp_path), seed=1, count=20_000)


def fuzz(room: Room, seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    sent = 0
    while sent < count:
        batch = [_fuzzed(rng) for _ in range(500)]
        sent += len(batch)
        taken = room.intake.take_messages(messages(*batch))
        assert taken.received >= len(batch) - _silent(batch)
        assert taken.received == taken.stored + taken.duplicate + taken.quarantined
    readings, delta, refused = room.written()
    total = delta.total()
    assert total.stored == len(readings)
    assert total.quarantined == sum(r.count for r in refused)
    assert total.received == total.stored + total.duplicate + total.quarantined
    assert total.stored > 100


def _fuzzed(rng: np.random.Generator) -> tuple[bytes, bytes]:
    """A good message with bytes of it changed, cut or doubled; or nothing but noise."""
    topic = TOPICS[rng.integers(len(TOPICS))] if rng.random() < 0.5 else TOPICS[0]
    if rng.random() < 0.1:
        return topic, rng.bytes(int(rng.integers(60)))
    ts = NOW_MS - int(rng.integers(10**6))
    payload = bytearray(
        message(ts=ts, supply_temp=float(rng.integers(100)), burner_on=bool(rng.integers(2)))[1]
    )
    for _ in range(int(rng.integers(3))):
        place = int(rng.integers(len(payload)))
        match rng.integers(3):
            case 0:
                payload[place] = int(rng.integers(256))
            case 1:
                del payload[place:]
                payload += b" "
            case _:
                payload[place:place] = payload[place : place + 9]
    return topic, bytes(payload)


def _silent(batch: list[tuple[bytes, bytes]]) -> int:
    """Messages of which a whole kind holds no readings."""
    return sum(t.endswith((b"/status", b"/ack")) for t, _ in batch)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(BATCHES)
def test_nothing_that_json_can_say_breaks_the_books(tmp_path_factory, batch):
    room = Room(tmp_path_factory.mktemp("room"))
    count = room.intake.take_messages(messages(*batch))
    assert count.received >= len(batch) - _silent(batch)
    assert count.received == count.stored + count.duplicate + count.quarantined
    readings, delta, refused = room.written()
    assert delta.total().numbers() == count.numbers()
    assert len(readings) == count.stored == len(room.stored())
    assert sum(r.count for r in refused) == count.quarantined
    room.journal.close()


def test_a_delta_comes_back_as_it_was():
    delta = Delta(
        5,
        {"north/a": 3},
        {"north/b": Count(4, 1, 2, 1, 7)},
        {"north/b": ("boot", 9)},
        [NamedGap("north/b", "boot", 1, 7, 5)],
        [NamedStatus("north/a", False, 5)],
        [NamedAnswer("c1", True, 55.5, "", 5)],
        [Replayed(3, 0)],
        {"request": "stored"},
    )
    assert decode(encode(delta)) == delta
    assert decode(b"") == Delta()


def test_deltas_add_up():
    total = Delta()
    for part in (
        Delta(1, {"a": 1, "b": 2}),
        Delta(2, {"b": 1}, {"a": Count(3, 1, 1, 1)}),
        Delta(1, {"a": 4}),
    ):
        total.add(part)
    assert total.at == 2
    assert {d: c.numbers() for d, c in total.devices().items()} == {
        "a": (8, 6, 1, 1, 0),
        "b": (3, 3, 0, 0, 0),
    }
    assert total.total().numbers() == (11, 9, 1, 1, 0)


def test_a_quarantine_blob_comes_back_as_it_was():
    refused = [
        Refused("t", "d", "unreadable", 1, "why\n", 5, *kept(b"\n[\x00")),
        Refused("u", "e", "no_time", 2, "", 6, *kept(b"")),
    ]
    assert decode_refused(encode_refused(refused)) == refused
    assert encode_refused([]) == b""


@pytest.mark.prove
def test_a_million_fuzzed_payloads_are_all_accounted_for(tmp_path):
    fuzz(Room(tmp_path), seed=2, count=1_000_000)
