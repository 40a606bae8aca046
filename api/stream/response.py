"""One open stream as an ASGI response: what was missed, then what is new, until somebody lets go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.stream.events import Topic
from api.stream.hub import Client, Hub

KEEP_ALIVE_S = 15.0
LONGEST_SEND_S = 10.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Type": "text/event-stream"}


class EventStream(Response):
    """Streams events to one client.

    after: the last transition the client knows, None: begin with what comes. welcome: asked at every
    keep-alive whether the client may still listen, so that a revoked token ends its streams too.
    """

    def __init__(self, hub: Hub, client: Client, after: int | None, welcome: Callable[[], bool]) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._hub, self._client, self._after, self._welcome = hub, client, after, welcome

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        talking = asyncio.create_task(self._talk(start, send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({talking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(self._client)
            for task in (talking, leaving):
                task.cancel()
            await asyncio.gather(talking, leaving, return_exceptions=True)

    async def _talk(self, start: dict[str, object], send: Send) -> None:
        await send(start)
        frames = self._frames()
        try:
            async for frame in frames:
                # A client that takes nothing for so long is gone or far too slow: it resumes later.
                async with asyncio.timeout(LONGEST_SEND_S):
                    await send({"type": "http.response.body", "body": frame, "more_body": True})
        except TimeoutError:
            self._client.end()
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _frames(self) -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
        wish = self._client.wish
        async for missed in self._missed():
            yield missed
        while not self._client.cut:
            try:
                event = await asyncio.wait_for(self._client.queue.get(), KEEP_ALIVE_S)
            except TimeoutError:
                if not await asyncio.to_thread(self._welcome):
                    return
                yield b": still here\n\n"
                continue
            frame = wish.frame(event) if event is not None else b""
            if frame:
                yield frame

    async def _missed(self) -> AsyncIterator[bytes]:
        place = self._after
        if place is None or Topic.ALARM not in self._client.wish.topics:
            return
        while place < self._client.since:
            page = await asyncio.to_thread(self._hub.missed, place, self._client.since)
            if not page:
                return
            for event in page:
                yield self._client.wish.frame(event)
            place = page[-1].number


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
