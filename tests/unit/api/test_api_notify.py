"""Telling people: once after success, again after a failure or a crash, reported when it is for good."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from analytics.alarms.tables import outbox
from api.notify import deliveries
from api.notify.channels.base import PassingError, PermanentError
from api.notify.channels.log import LogChannel
from api.notify.deliveries import LEASE_NS, drop_unknown, waiting
from api.notify.message import Message
from api.notify.routing import Routed, route
from api.notify.sender import Sender
from api.notify.tables import delivery
from config.clock import DAY, SECOND
from tests.unit.api.api_kit import House


class Recorder:
    """A channel that remembers; `fails` is asked before each message."""

    quiet_too = False

    def __init__(self, name: str = "webhook:test", fails: Callable[[Message], None] | None = None) -> None:
        self.name = name
        self.fails = fails
        self.got: list[str] = []

    def send(self, message: Message) -> None:
        if self.fails is not None:
            self.fails(message)
        self.got.append(message.event_id)

    def close(self) -> None:
        """Nothing is held."""


def sender(house: House, *channels: Any) -> Sender:
    return Sender(house.engine, channels, house.clock, np.random.default_rng(1))


def rows(house: House) -> list[dict[str, Any]]:
    with house.engine.connect() as connection:
        found = connection.execute(
            select(delivery).order_by(delivery.c.number, delivery.c.channel)
        ).mappings()
        return [dict(r) for r in found]


def test_a_transition_is_told_once_on_every_channel_and_then_done(house: House) -> None:
    alarm = house.alarm()
    one, two = Recorder("webhook:one"), Recorder("webhook:two")
    post = sender(house, one, two)
    assert post.step() == 3  # one routed, two sent
    assert post.step() == 0
    assert one.got == two.got == [f"{alarm.id}.1"]
    assert waiting(house.engine) == 0
    assert [r["state"] for r in rows(house)] == ["sent", "sent"]


def test_a_passing_failure_is_tried_again_later_and_later(house: House) -> None:
    house.alarm()
    tried: list[int] = []

    def away(_: Message) -> None:
        tried.append(house.clock.now_ns())
        raise PassingError("webhook:test cannot be reached")

    channel = Recorder(fails=away)
    post = sender(house, channel)
    for _ in range(600):
        post.step()
        house.clock.wind(1)
    waits = np.diff(tried) / SECOND
    assert 4 <= len(tried) <= 12
    assert waits[0] <= 3
    assert all(later >= 0.9 * earlier for earlier, later in pairwise(waits))
    assert post.trouble() == "webhook:test cannot be reached"
    channel.fails = None
    house.clock.wind(300)
    post.step()
    assert len(channel.got) == 1
    assert post.trouble() is None


def test_the_other_side_says_when_to_come_back(house: House) -> None:
    house.alarm()

    def busy(_: Message) -> None:
        raise PassingError("busy", retry_after_s=90)

    channel = Recorder(fails=busy)
    post = sender(house, channel)
    post.step()
    channel.fails = None
    house.clock.wind(89)
    assert post.step() == 0
    house.clock.wind(2)
    assert post.step() == 1


def test_a_permanent_failure_is_reported_and_does_not_hold_up_the_next(house: House) -> None:
    first, second = house.alarm(), house.alarm("north/boiler-2")

    def refuses_first(message: Message) -> None:
        if message.event_id == f"{first.id}.1":
            raise PermanentError("webhook:test answered 410: correct its url")

    channel = Recorder(fails=refuses_first)
    post = sender(house, channel)
    post.step()
    assert channel.got == [f"{second.id}.1"]
    assert waiting(house.engine) == 0
    failed = next(r for r in rows(house) if r["state"] == "failed")
    assert failed["error"] == "webhook:test answered 410: correct its url"


def test_one_channel_that_is_down_or_defect_keeps_no_other_silent(house: House) -> None:
    house.alarm()

    def defect(_: Message) -> None:
        raise ZeroDivisionError

    broken, good = Recorder("webhook:broken", defect), Recorder("webhook:good")
    post = sender(house, broken, good)
    post.step()
    assert len(good.got) == 1
    assert "has a defect" in str(post.trouble())


def test_killed_after_sending_and_before_noting_it_the_double_has_the_same_id(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarm = house.alarm()
    channel = Recorder()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("api.notify.sender.mark_sent", killed)
        with pytest.raises(KeyboardInterrupt):
            sender(house, channel).step()
    again = sender(house, channel)
    assert again.step() == 0, "the claim of the dead one still holds"
    house.clock.wind(LEASE_NS / SECOND + 1)
    again.step()
    assert channel.got == [f"{alarm.id}.1"] * 2
    house.clock.wind(DAY / SECOND)
    assert again.step() == 0


def test_killed_between_claim_and_send_nothing_is_lost(house: House) -> None:
    house.alarm()
    channel = Recorder()
    deliveries.route_new(house.engine, [channel], house.clock.now_ns())
    assert len(deliveries.claim(house.engine, [channel.name], house.clock.now_ns(), 10)) == 1
    assert deliveries.claim(house.engine, [channel.name], house.clock.now_ns(), 10) == []
    house.clock.wind(LEASE_NS / SECOND + 1)
    sender(house, channel).step()
    assert len(channel.got) == 1


def test_a_message_that_never_goes_through_is_given_up_after_three_days_and_said(house: House) -> None:
    house.alarm()

    def away(_: Message) -> None:
        raise PassingError("away")

    post = sender(house, Recorder(fails=away))
    post.step()
    house.clock.wind(4 * DAY / SECOND)
    post.step()
    assert [r["state"] for r in rows(house)] == ["failed"]
    assert "given up after three days" in str(post.trouble())


def test_what_is_quiet_goes_to_the_record_alone(house: House) -> None:
    message = Message("x.1", "alarm", "shelved", {}, 0)
    record, hook = LogChannel("en"), Recorder()
    assert route(message, [record, hook], 0) == (("log",), Routed.QUIET)
    assert route(message, [hook], 0) == ((), Routed.QUIET)
    assert route(message, [], 0) == ((), Routed.NOBODY_CONFIGURED)


def test_what_happened_over_a_day_ago_wakes_nobody() -> None:
    message = Message("x.1", "alarm", None, {}, 0)
    channels = [LogChannel("en"), Recorder()]
    assert route(message, channels, DAY).reason is Routed.TO_ALL
    assert route(message, channels, DAY + 1) == ((), Routed.LONG_AGO)


def test_what_was_told_is_forgotten_after_its_time_but_never_what_still_waits(house: House) -> None:
    house.alarm()
    sender(house, Recorder()).step()
    house.alarm("north/boiler-2")
    house.clock.wind(31 * DAY / SECOND)
    assert deliveries.prune(house.engine, house.clock.now_ns() - 30 * DAY) == 1
    assert rows(house) == []
    assert waiting(house.engine) == 1


def test_without_any_channel_the_outbox_does_not_grow_for_ever(house: House) -> None:
    house.alarm()
    sender(house).step()
    assert waiting(house.engine) == 0


def test_what_waits_for_a_channel_that_was_taken_out_is_given_up(house: House) -> None:
    house.alarm()
    deliveries.route_new(house.engine, [Recorder("webhook:old"), Recorder("log")], house.clock.now_ns())
    assert drop_unknown(house.engine, ["log"], house.clock.now_ns()) == 1
    assert waiting(house.engine) == 1
    sender(house, Recorder("log")).step()
    assert waiting(house.engine) == 0


def test_the_log_says_who_what_and_where(house: House, caplog: pytest.LogCaptureFixture) -> None:
    alarm = house.alarm()
    with caplog.at_level(logging.INFO, "caretaker.notify"):
        sender(house, LogChannel("zh")).step()
    assert caplog.messages == [f"{alarm.id}.1 [high] north/boiler-1: title（中） - raised"]
    assert caplog.records[0].levelno == logging.WARNING


def test_messages_go_in_the_order_they_were_written(house: House, tmp_path: Path) -> None:
    alarms = [house.alarm("north/boiler-1"), house.alarm("north/boiler-2"), house.alarm("south/boiler-1")]
    channel = Recorder()
    sender(house, channel).step()
    assert channel.got == [f"{a.id}.1" for a in alarms]
    with house.engine.connect() as connection:
        done = connection.execute(select(outbox.c.done)).scalars().all()
    assert all(done)
