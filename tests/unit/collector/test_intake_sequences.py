"""A device that counts its messages has its gaps named, across restarts of either side."""

from __future__ import annotations

from collector.intake import Intake
from tests.unit.collector.intake_kit import NOW_MS, Room, message


def counted(seq: object, boot: str | None = "a", shift: int = 0) -> tuple[bytes, bytes]:
    document = {"ts": NOW_MS + shift, "values": {"supply_temp": 1}, "seq": seq}
    return message(document if boot is None else document | {"boot": boot})


def gaps(room: Room) -> list[tuple[str, str, int, int]]:
    return [(g.device, g.boot, g.first, g.last) for g in room.written()[1].gaps]


def missing(room: Room) -> int:
    return room.written()[1].total().missing


def test_a_gap_is_named_and_counted(tmp_path):
    room = Room(tmp_path)
    room.take(counted(7), counted(8, shift=1), counted(12, shift=2))
    assert gaps(room) == [("north/boiler-1", "a", 9, 11)]
    assert missing(room) == 3
    assert room.written()[1].last == {"north/boiler-1": ("a", 12)}


def test_what_comes_after_all_is_taken_off_again(tmp_path):
    room = Room(tmp_path)
    room.take(counted(1), counted(5, shift=1))
    room.take(counted(3, shift=2))
    assert missing(room) == 2
    room.take(counted(2, shift=3), counted(4, shift=4))
    assert missing(room) == 0


def test_a_redelivery_is_no_gap(tmp_path):
    room = Room(tmp_path)
    for _ in range(2):
        room.take(counted(1), counted(2, shift=1), counted(3, shift=2))
    assert gaps(room) == []


def test_after_a_reboot_counting_starts_anew(tmp_path):
    room = Room(tmp_path)
    room.take(counted(90), counted(0, boot="b", shift=1), counted(1, boot="b", shift=2))
    assert gaps(room) == []
    room.take(counted(4, boot="c", shift=3))
    assert gaps(room) == [("north/boiler-1", "c", 1, 3)]


def test_the_count_goes_on_over_our_own_restart(tmp_path):
    room = Room(tmp_path)
    room.take(counted(5))
    room.intake = Intake(room.plant, room.journal, room.clock, last=room.written()[1].last)
    room.take(counted(8, shift=1))
    assert gaps(room) == [("north/boiler-1", "a", 6, 7)]


def test_a_sequence_that_is_no_number_is_ignored(tmp_path):
    room = Room(tmp_path)
    assert room.take(counted("7"), counted(True, shift=1), counted(None, shift=2))[1] == 3
    assert gaps(room) == []
