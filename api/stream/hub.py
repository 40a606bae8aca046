"""Looks for news once for all clients and hands it to each; a client that does not keep up is cut."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from api.problems import Problem, Reason
from api.stream.events import AlarmEvent, Event, Wish
from api.stream.sources import News

log = logging.getLogger(__name__)

ALARM_EVERY_S, READINGS_EVERY_S = 0.025, 1.0
LONGEST_GAP_S = 1.0
LONGEST_QUEUE = 256
MOST_CLIENTS, MOST_OF_ONE_USER = 1000, 50


@dataclass(eq=False)
class Client:
    """One open stream. Its queue is bounded: whoever lets it fill up is cut and resumes by Last-Event-ID."""

    user_id: int
    wish: Wish
    since: int
    """Alarms up to this transition are not in the queue."""
    queue: asyncio.Queue[Event | None] = field(default_factory=lambda: asyncio.Queue(LONGEST_QUEUE))
    cut: bool = False

    def offer(self, event: Event) -> None:
        """Queue the event if it is wanted; a full queue means the end of this stream."""
        if self.cut or not self.wish.takes(event):
            return
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """Drop what is queued and end the stream."""
        self.cut = True
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class Hub:
    """The clients and the two rounds that feed them; lives on one event loop."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._clients: set[Client] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._last = 0
        self._gap_since: float | None = None
        self.cuts = 0

    async def start(self) -> None:
        """Begin at the present: what happened before is told only to those who resume."""
        self._last = await asyncio.to_thread(self._news.last_transition)
        self._tasks = [
            asyncio.create_task(self._round(self.tell_alarms, ALARM_EVERY_S)),
            asyncio.create_task(self._round(self.tell_rest, READINGS_EVERY_S)),
        ]

    async def stop(self) -> None:
        """End every stream."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.end_all()
        self._news.close()

    def end_all(self) -> None:
        """End every stream that is open."""
        for client in list(self._clients):
            client.end()

    def join(self, user_id: int, wish: Wish) -> Client:
        """A new stream. Raises 503 when there are too many, of all or of this user."""
        if len(self._clients) >= MOST_CLIENTS or self._of(user_id) >= MOST_OF_ONE_USER:
            raise Problem(
                Reason.UNAVAILABLE,
                "Too many live streams are open.",
                remedy="Close other windows, or wait.",
                headers={"Retry-After": "10"},
            )
        client = Client(user_id, wish, self._last)
        self._clients.add(client)
        return client

    def _of(self, user_id: int) -> int:
        return sum(c.user_id == user_id for c in self._clients)

    def leave(self, client: Client) -> None:
        """The stream is over."""
        self._clients.discard(client)
        self.cuts += client.cut

    @property
    def clients(self) -> int:
        """Open streams."""
        return len(self._clients)

    def missed(self, after: int, upto: int) -> Sequence[AlarmEvent]:
        """A page of the transitions after one and up to another, oldest first; empty: there are no more."""
        return [e for e in self._news.transitions(after) if e.number <= upto]

    async def tell_alarms(self) -> None:
        """Hand on the transitions that are new."""
        for event in await asyncio.to_thread(self._news.transitions, self._last):
            if event.number > self._last + 1 and not self._gap_is_old():
                return
            self._gap_since = None
            self._last = event.number
            self._tell(event)

    def _gap_is_old(self) -> bool:
        """A missing number is a transaction still being written (it is waited for) or one rolled back."""
        now = asyncio.get_running_loop().time()
        self._gap_since = self._gap_since or now
        return now - self._gap_since > LONGEST_GAP_S

    async def tell_rest(self) -> None:
        """Hand on the newest readings, and health when it changed."""
        for event in await asyncio.to_thread(self._news.readings_and_health):
            self._tell(event)

    def _tell(self, event: Event) -> None:
        for client in list(self._clients):
            client.offer(event)

    async def _round(self, tell: Callable[[], Awaitable[None]], every_s: float) -> None:
        failing = False
        while True:
            try:
                await tell()
                failing = False
            except (SQLAlchemyError, OSError) as error:
                if not failing:
                    log.warning("the live stream cannot look for news: %s", error)
                failing = True
            await asyncio.sleep(every_s)
