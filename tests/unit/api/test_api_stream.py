"""The live stream: what comes, in which order, to whom; resuming; and clients that do not keep up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from api.problems import Problem
from api.rights import Action, Grant, Role, User
from api.routes.stream import _wish
from api.stream import hub as hub_module
from api.stream import response
from api.stream.events import Topic, Wish
from api.stream.hub import LONGEST_QUEUE, MOST_OF_ONE_USER, Hub
from api.stream.response import EventStream
from collector.journal import JournalWriter, Limits
from collector.reading import ReadingBatch
from config.heartbeat import beat
from tests.unit.api.api_kit import House

EVERYTHING = User(1, "admin", (Grant(Role.ADMIN),))
NORTH = User(2, "li", (Grant(Role.CREW, "north", "boiler"),))


class Listener:
    """A browser at the other end of an open stream; `stuck` makes it take nothing any more."""

    def __init__(self, stream: EventStream) -> None:
        self.text = ""
        self.ended = False
        self.stuck = False
        self._gone = asyncio.Event()
        self._task = asyncio.create_task(stream({"type": "http"}, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if self.stuck:
            await asyncio.Event().wait()
        if message["type"] == "http.response.body":
            self.text += message["body"].decode()
            self.ended = not message["more_body"]

    @property
    def events(self) -> list[tuple[str | None, str, dict[str, Any]]]:
        """(id, event, data) of what came."""
        found = []
        for block in self.text.split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
            if "event" in lines:
                found.append((lines.get("id"), lines["event"], json.loads(lines["data"])))
        return found

    async def settle(self) -> None:
        """Let everything that is ready happen."""
        for _ in range(200):
            await asyncio.sleep(0)

    async def leave(self) -> None:
        self._gone.set()
        await self._task


Story = Callable[[Hub, Callable[..., Listener]], Awaitable[None]]


def play(house: House, story: Story) -> None:
    """Run the story with the hub whose rounds are called by hand."""
    hub: Hub = house.app.state.hub

    def listen(
        user: User = EVERYTHING,
        after: int | None = None,
        *,
        topics: frozenset[Topic] = frozenset(Topic),
        only: tuple[list[str], list[str]] = ([], []),
        welcome: Callable[[], bool] = lambda: True,
    ) -> Listener:
        wish: Wish = _wish(house.parts, user, topics, only, "en")
        return Listener(EventStream(hub, hub.join(user.id, wish), after, welcome))

    async def run() -> None:
        await story(hub, listen)
        hub.end_all()

    house.portal.call(run)


def test_an_alarm_is_told_with_all_that_a_list_would_show(house: House) -> None:
    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        one = listen()
        alarm = await asyncio.to_thread(house.alarm)
        await hub.tell_alarms()
        await one.settle()
        number, event, data = one.events[0]
        assert (number, event) == ("1", "alarm")
        assert data["id"] == alarm.id
        assert (data["asset"], data["rule"], data["state"]) == ("north/boiler-1", "hot", "unacknowledged")
        assert data["transition"]["event_id"] == f"{alarm.id}.1"
        await one.leave()
        assert hub.clients == 0

    play(house, story)


def test_each_event_shows_the_alarm_as_it_stood_then(house: House) -> None:
    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        one = listen()
        alarm = await asyncio.to_thread(house.alarm)
        await asyncio.to_thread(house.parts.alarms.acknowledge, alarm.id, "li")
        await hub.tell_alarms()
        await one.settle()
        assert [e[2]["state"] for e in one.events] == ["unacknowledged", "acknowledged"]

    play(house, story)


def test_whoever_was_away_resumes_where_they_were_and_gets_each_event_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.stream.sources._PAGE", 2)
    first = house.alarm()
    for n in range(4):
        house.parts.alarms.comment(first.id, "li", f"remark {n}")

    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        for _ in range(3):
            await hub.tell_alarms()
        one = listen(after=2)
        await asyncio.to_thread(house.alarm, "north/boiler-2")
        await hub.tell_alarms()
        while len(one.events) < 4:
            await asyncio.sleep(0.001)
        assert [e[0] for e in one.events] == ["3", "4", "5", "6"]

    play(house, story)


def test_a_transition_that_is_written_later_than_its_successor_is_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers are given out before transactions commit: the second may be visible first."""
    house.parts.alarms.comment(house.alarm().id, "li", "second")
    news = house.app.state.hub._news
    first, second = news.transitions(0)
    visible = [second]
    monkeypatch.setattr(news, "transitions", lambda after: [e for e in visible if e.number > after])

    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        one = listen()
        await hub.tell_alarms()
        visible.insert(0, first)
        await hub.tell_alarms()
        await one.settle()
        assert [e[0] for e in one.events] == ["1", "2"]
        visible[:] = [replace(second, number=9)]
        await hub.tell_alarms()
        monkeypatch.setattr(hub_module, "LONGEST_GAP_S", -1.0)
        await hub.tell_alarms()
        await one.settle()
        assert [e[0] for e in one.events] == ["1", "2", "9"], (
            "a number that was rolled back is not waited for"
        )

    play(house, story)


def test_nobody_is_told_of_other_sites_and_families(house: House) -> None:
    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        crew = listen(NORTH)
        for asset, rule in (("south/boiler-1", "hot"), ("north/door-1", "ajar"), ("north/boiler-2", "hot")):
            await asyncio.to_thread(house.alarm, asset, rule)
        await hub.tell_alarms()
        await crew.settle()
        assert [e[2]["asset"] for e in crew.events] == ["north/boiler-2"]

    play(house, story)


def _journal(house: House) -> JournalWriter:
    folder = house.settings.data_dir / "journal"
    return JournalWriter(folder, clock=house.clock, limits=Limits(min_free_bytes=0))


def test_readings_come_as_the_newest_of_each_point_and_only_those_that_may_be_seen(house: House) -> None:
    journal = _journal(house)
    journal.commit()

    def readings(**values: list[float]) -> None:
        for place, series in values.items():
            number = house.plant.points[place.replace("__", "/").replace("_1/", "-1/")].number
            times = house.clock.now_ns() + np.arange(len(series))
            journal.append(ReadingBatch.of([number] * len(series), times, series, received_at=0))
        journal.commit()

    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        await hub.tell_rest()
        crew, door = listen(NORTH), listen(only=(["north/door-1"], []))
        readings(north__boiler_1__supply_temp=[70.0, 71.0], south__boiler_1__supply_temp=[60.0])
        await hub.tell_rest()
        await crew.settle()
        items = [e[2]["items"] for e in crew.events if e[1] == "reading"]
        assert [[(r["point"], r["value"]) for r in batch] for batch in items] == [
            [("north/boiler-1/supply_temp", 71.0)]
        ]
        assert [e for e in door.events if e[1] == "reading"] == []

    play(house, story)
    journal.close()


def test_health_is_told_when_it_changes(house: House) -> None:
    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        one = listen()
        await hub.tell_rest()
        await hub.tell_rest()
        await asyncio.to_thread(beat, house.engine, "collect", house.clock)
        await hub.tell_rest()
        await one.settle()
        states = [e[2]["parts"] for e in one.events if e[1] == "health"]
        assert states == [{}, {"collect": "ok"}]
        assert one.events[0][0] is None, "only alarms carry an id to resume by"

    play(house, story)


def test_a_client_that_does_not_keep_up_is_cut_and_its_queue_dropped(house: House) -> None:
    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        slow = listen(topics=frozenset({Topic.ALARM}))
        await slow.settle()
        slow.stuck = True
        alarm = await asyncio.to_thread(house.alarm)
        for _ in range(LONGEST_QUEUE + 5):
            await asyncio.to_thread(house.parts.alarms.comment, alarm.id, "li", "again")
        client = next(iter(hub._clients))
        for _ in range(5):
            await hub.tell_alarms()
        assert client.cut
        assert client.queue.qsize() == 1
        await slow.leave()
        assert hub.cuts == 1

    play(house, story)


def test_a_client_that_takes_nothing_is_cut_after_a_while(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response, "LONGEST_SEND_S", 0.01)

    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        slow = listen()
        await slow.settle()
        slow.stuck = True
        await asyncio.to_thread(house.alarm)
        await hub.tell_alarms()
        await slow._task
        assert hub.clients == 0

    play(house, story)


def test_a_stream_ends_soon_after_its_token_was_revoked(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(response, "KEEP_ALIVE_S", 0.005)
    welcome = [True]

    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        one = listen(welcome=lambda: welcome[0])
        while ": still here" not in one.text:
            await asyncio.sleep(0.001)
        welcome[0] = False
        await one._task
        assert one.ended

    play(house, story)


def test_streams_are_bounded_per_user(house: House) -> None:
    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        for _ in range(MOST_OF_ONE_USER):
            listen(NORTH)
        with pytest.raises(Problem, match="Too many live streams"):
            listen(NORTH)
        listen(EVERYTHING)

    play(house, story)


def test_a_database_away_is_said_once_and_the_stream_goes_on(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "ALARM_EVERY_S", 0.001)
    calls = []

    def away(after: int) -> list[Any]:
        calls.append(after)
        if len(calls) < 4:
            raise OSError("disk away")
        return []

    monkeypatch.setattr(house.app.state.hub._news, "transitions", away)

    async def story(hub: Hub, listen: Callable[..., Listener]) -> None:
        await hub.start()
        while len(calls) < 6:
            await asyncio.sleep(0.001)
        await hub.stop()

    play(house, story)
    assert [m for m in caplog.messages if "look for news" in m] == [
        "the live stream cannot look for news: disk away"
    ]


@pytest.mark.parametrize("bad", ["abc", "-1", "9" * 30, "1.5"])
def test_a_last_event_id_that_is_none_of_ours_is_refused(house: House, bad: str) -> None:
    answer = house.as_role(Role.VIEWER).ask("GET", "stream", headers={"last-event-id": bad})
    assert answer.status_code == 422


def test_who_may_not_see_readings_gets_none(house: House) -> None:
    requester = User(3, "guest", (Grant(Role.REQUESTER),))
    wish = _wish(house.parts, requester, frozenset(Topic), ([], []), "en")
    assert not wish.readings.any()
    assert not wish.alarms
    assert requester.may_somewhere(Action.SEE_PLANT)
