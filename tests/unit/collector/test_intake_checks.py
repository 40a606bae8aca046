"""What cannot be stored goes to quarantine under its own name, and never takes its neighbours with it."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from collector.intake import portions
from collector.intake.blob import RAW_LIMIT
from collector.reading import Quality, ReadingBatch, Source
from config.clock import HOUR, MINUTE, SECOND
from tests.unit.collector.intake_kit import NOW, NOW_MS, Room, message, messages, number

BAD = {
    "unreadable": [
        message(b"\x00\xff garbage"),
        message(b""),
        message([]),
        message({"ts": NOW_MS}),
        message({"ts": NOW_MS, "values": {}}),
        message({"ts": NOW_MS, "values": [1]}),
        message([{"ts": NOW_MS, "values": {"supply_temp": 1}}, 7]),
        message(b"[" * 5000),
        message(b'{"ts": 1, "values": {"supply_temp": NaN'),
    ],
    "unknown_topic": [message(topic="facility/north/telemetry", supply_temp=1)],
    "unknown_device": [message(topic="facility/north/boiler-9/telemetry", supply_temp=1)],
    "unknown_point": [message(pressure=1), message(delta_t=1)],
    "wrong_type": [
        message(supply_temp="71.2"),
        message(supply_temp=True),
        message(supply_temp={"value": 1}),
        message(burner_on=0.5),
    ],
    "not_a_number": [
        message(supply_temp=None),
        message(b'{"ts": %d, "values": {"supply_temp": NaN}}' % NOW_MS),
        message(b'{"ts": %d, "values": {"supply_temp": -Infinity}}' % NOW_MS),
    ],
    "no_time": [
        message(ts=None, supply_temp=1),
        message({"values": {"supply_temp": 1}}),
        message(ts="2026-01-05T08:00:00", supply_temp=1),
        message(ts="yesterday", supply_temp=1),
        message(ts=10**18, supply_temp=1),
        message(ts=True, supply_temp=1),
        message(ts=[1], supply_temp=1),
    ],
    "clock_not_set": [message(ts=0, supply_temp=1), message(ts=1_767_600_000, supply_temp=1)],
    "from_the_future": [
        message(ts=NOW_MS + 24 * HOUR // 10**6, supply_temp=1),
        message(ts=NOW_MS + 5 * 60_000 + 1, supply_temp=1),
    ],
}


@pytest.mark.parametrize(
    ("reason", "sent"), [(reason, one) for reason, pairs in BAD.items() for one in pairs]
)
def test_a_bad_message_is_quarantined_with_its_reason_between_two_good_ones(tmp_path, reason, sent):
    room = Room(tmp_path)
    before, after = message(return_temp=50), message(return_temp=51, ts=NOW_MS + 1)
    assert room.take(before, sent, after) == (3, 2, 0, 1)
    assert room.stored() == {
        ("north/boiler-1/return_temp", NOW): 50,
        ("north/boiler-1/return_temp", NOW + 10**6): 51,
    }
    (refused,) = room.written()[2]
    assert (refused.reason, refused.count) == (reason, 1)
    assert (refused.topic.encode(), refused.raw) == sent
    assert refused.sha256 == hashlib.sha256(sent[1]).hexdigest()


def test_the_good_values_of_a_payload_are_stored_beside_its_bad_ones(tmp_path):
    room = Room(tmp_path)
    sent = b'{"ts": %d, "values": {"supply_temp": 70, "return_temp": NaN, "presure": 1.2}}' % NOW_MS
    assert room.take(message(sent)) == (3, 1, 0, 2)
    (refused,) = room.written()[2]
    assert refused.count == 2
    assert refused.detail == "return_temp: not_a_number, presure: unknown_point"


def test_out_of_plausible_range_is_stored_as_bad_and_late_as_uncertain(tmp_path):
    room = Room(tmp_path)
    late_ms = NOW_MS - 11 * 60_000
    room.take(message(supply_temp=900, return_temp=50), message(ts=late_ms, supply_temp=50, return_temp=-99))
    readings, _, refused = room.written()
    assert not refused
    assert readings.value.tolist() == [900, 50, 50, -99]
    assert readings.quality.tolist() == [Quality.BAD, Quality.GOOD, Quality.UNCERTAIN, Quality.BAD]


def test_times_are_milliseconds_or_rfc_3339_with_any_offset(tmp_path):
    room = Room(tmp_path)
    room.take(
        message(ts=NOW_MS, supply_temp=1),
        message(ts="2026-01-05T08:00:01Z", supply_temp=2),
        message(ts="2026-01-05T16:00:02.5+08:00", supply_temp=3),
        message(ts=NOW_MS + 3000.25, supply_temp=4),
    )
    times = [time - NOW for _, time in room.stored()]
    assert times == [0, SECOND, 2500 * 10**6, 3_000_250_000]
    room.take(
        message(ts="2026-01-05T08:00:04Z", supply_temp=5), message(ts="2026-01-05T08:00:05Z", supply_temp=6)
    )
    assert len(room.stored()) == 6


def test_a_payload_may_be_a_list_and_a_gateway_speaks_for_its_assets(tmp_path):
    room = Room(tmp_path)
    moments = [{"ts": NOW_MS + i, "values": {"supply_temp": i, "return_temp": i}} for i in range(3)]
    gateway = message(
        {"ts": NOW_MS, "values": {"boiler-3/supply_temp": 3, "boiler-4/supply_temp": 4}},
        "facility/south/gateway/telemetry",
    )
    assert room.take(
        message(moments), gateway, message(topic="facility/north/boiler-2/event", burner_on=True)
    ) == (9, 9, 0, 0)
    held = room.stored()
    assert held["south/boiler-4/supply_temp", NOW] == 4
    assert held["north/boiler-2/burner_on", NOW] == 1
    _, delta, _ = room.written()
    assert {d: c.stored for d, c in delta.devices().items()} == {
        "north/boiler-1": 6,
        "north/boiler-2": 1,
        "south/gateway": 2,
    }


def test_ten_megabytes_pass_through_and_only_their_beginning_is_kept(tmp_path):
    room = Room(tmp_path)
    big = b'{"ts": %d, "values": {"supply_temp": "%s"}}' % (NOW_MS, b"x" * 10_000_000)
    assert room.take(message(supply_temp=1), message(big)) == (2, 1, 0, 1)
    (refused,) = room.written()[2]
    assert (refused.reason, refused.size, len(refused.raw), refused.whole) == (
        "wrong_type",
        len(big),
        RAW_LIMIT,
        False,
    )
    assert refused.sha256 == hashlib.sha256(big).hexdigest()


def test_more_readings_than_intake_takes_at_once_are_refused_as_one(tmp_path):
    room = Room(tmp_path)
    many = [{"ts": NOW_MS + i, "values": {"supply_temp": 1}} for i in range(200_001)]
    assert room.take(message(many)) == (1, 0, 0, 1)
    assert room.refused() == [("north/boiler-1", "too_many_readings", 1)]


def test_portions_hold_what_an_entry_can_hold_and_lose_nothing():
    sent = messages(*[message(b"x" * size) for size in (10, 3_000_000, 5, 5, 2_000_000, 90_000, 90_000)])
    cut = list(portions(sent))
    assert [p for portion in cut for p in portion.payloads] == list(sent.payloads)
    assert all(len(c) == 1 or sum(map(len, c.payloads)) <= 2 << 20 for c in cut)
    assert list(portions(messages())) == []


def test_columns_are_judged_like_messages(tmp_path):
    room = Room(tmp_path)
    supply = number(room.plant, "north/boiler-1/supply_temp")
    batch = ReadingBatch.of(
        [supply, supply, supply, 999_999, -1],
        [NOW, NOW, NOW + HOUR, NOW, NOW],
        [70, 71, 70, 1, 1],
        received_at=NOW,
        source=Source.MANUAL,
    )
    assert room.intake.take_columns(batch).numbers()[:4] == (5, 1, 0, 4)
    readings, _, refused = room.written()
    assert readings.source.tolist() == [Source.MANUAL]
    assert [r.reason for r in refused] == ["conflict", "from_the_future", "unknown_point", "unknown_point"]
    assert refused[0].topic == "facility/north/boiler-1/telemetry"


def test_history_is_judged_by_the_time_it_was_received(tmp_path):
    room = Room(tmp_path)
    supply = number(room.plant, "north/boiler-1/supply_temp")
    start = NOW - 60 * 24 * HOUR
    times = start + np.arange(1000) * MINUTE
    room.intake.take_columns(ReadingBatch.of([supply] * 1000, times, times % 90, received_at=int(times[-1])))
    assert (room.written()[0].quality[-5:] == Quality.GOOD).all()


def test_a_device_that_invents_names_cannot_fill_the_memory(tmp_path):
    room = Room(tmp_path)
    for start in range(0, 1000, 100):
        strangers = [
            message(topic=f"facility/x/{n}/telemetry", supply_temp=n) for n in range(start, start + 100)
        ]
        room.take(*strangers)
    devices = room.written()[1].devices()
    assert sum(c.quarantined for c in devices.values()) == 1000
    assert len(devices) == 501
    assert devices["unknown"].quarantined == 500


def test_small_segments_hold_what_fits_and_refuse_one_message_that_never_would(tmp_path):
    room = Room(tmp_path, segment_bytes=1 << 16)
    moments = [{"ts": NOW_MS - i, "values": {"supply_temp": 1}} for i in range(4000)]
    some = [message(moments[start : start + 1000]) for start in range(0, 4000, 1000)]
    assert room.take(*some) == (4000, 4000, 0, 0)
    assert room.take(message(moments), message(b"x" * 200_000), message(return_temp=1)) == (3, 1, 0, 2)
    assert [reason for _, reason, _ in room.refused()] == ["too_many_readings", "too_many_readings"]
    supply = number(room.plant, "north/boiler-2/supply_temp")
    times = NOW - np.arange(10_000) * SECOND
    batch = ReadingBatch.of([supply] * 10_000, times, times % 90, received_at=NOW)
    assert room.intake.take_columns(batch).stored == 10_000
