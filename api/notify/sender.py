"""Sends what is due: mark sent after success, put off what failed passingly, give up and report the rest."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from sqlalchemy import Engine

from api.notify.channels.base import Channel, PassingError, PermanentError
from api.notify.deliveries import Claim, claim, give_up, mark_sent, put_off, route_new
from config.clock import DAY, SECOND, Clock

log = logging.getLogger(__name__)

_FIRST_WAIT_NS, _LONGEST_WAIT_NS = 2 * SECOND, 300 * SECOND
_LONGEST_TRY_NS = 3 * DAY
_AT_ONCE = 20
_MOST_TOLD = 10


@dataclass
class ChannelState:
    """How a channel is doing; kept in memory, since the first send after a start finds out anew."""

    failures: int = 0
    paused_until: int = 0
    problem: str | None = None
    permanent: dict[str, str] = field(default_factory=dict)


class Sender:
    """Takes the outbox to the channels. `step` is one round; safe to be killed at any moment."""

    def __init__(
        self, engine: Engine, channels: Sequence[Channel], clock: Clock, rng: np.random.Generator
    ) -> None:
        self._engine, self._clock, self._rng = engine, clock, rng
        self._channels = {c.name: c for c in channels}
        self.states = {name: ChannelState() for name in self._channels}
        self._pool = ThreadPoolExecutor(max(1, len(self._channels)), thread_name_prefix="notify")

    def step(self) -> int:
        """Route what is new and send what is due. Returns how many messages were handled."""
        now = self._clock.now_ns()
        routed = route_new(self._engine, list(self._channels.values()), now)
        open_now = [n for n, s in self.states.items() if s.paused_until <= now]
        claims = [c for n in open_now for c in claim(self._engine, [n], now, self._share(n))]
        by_channel = [list(group) for _, group in groupby(claims, key=lambda c: c.channel)]
        # One slow channel must not keep the others waiting.
        return routed + sum(self._pool.map(self._send_all, by_channel))

    def _share(self, name: str) -> int:
        """A channel that fails is probed with one message, so that its back-off is not spent twenty times."""
        return 1 if self.states[name].failures else _AT_ONCE

    def _send_all(self, claims: list[Claim]) -> int:
        for position, claimed in enumerate(claims):
            if not self._send(claimed):
                for left in claims[position + 1 :]:
                    put_off(self._engine, left, "the channel failed just before", self._clock.now_ns())
                return position + 1
        return len(claims)

    def _send(self, claimed: Claim) -> bool:
        """False when the channel is to be left alone for a while."""
        state = self.states[claimed.channel]
        try:
            self._channels[claimed.channel].send(claimed.message)
        except PassingError as failure:
            return self._put_off(state, claimed, failure)
        except PermanentError as failure:
            self._give_up(state, claimed, str(failure))
            return True
        except Exception as error:
            log.exception("%s has a defect", claimed.channel)
            return self._put_off(state, claimed, PassingError(f"{claimed.channel} has a defect: {error!r}"))
        mark_sent(self._engine, claimed, self._clock.now_ns())
        if state.problem is not None:
            log.warning("%s works again", claimed.channel)
        state.failures, state.problem = 0, None
        state.permanent.clear()
        return True

    def _put_off(self, state: ChannelState, claimed: Claim, failure: PassingError) -> bool:
        now = self._clock.now_ns()
        if now - claimed.first_tried > _LONGEST_TRY_NS:
            self._give_up(state, claimed, f"given up after three days: {failure}")
            return True
        if state.problem is None:
            log.warning("%s, trying again", failure)
        state.failures, state.problem = state.failures + 1, str(failure)
        state.paused_until = now + self._wait(state.failures, failure.retry_after_s)
        put_off(self._engine, claimed, str(failure), state.paused_until)
        return False

    def _wait(self, failures: int, asked_s: float | None) -> int:
        if asked_s is not None:
            return int(asked_s * SECOND)
        longest = min(_FIRST_WAIT_NS << min(failures - 1, 20), _LONGEST_WAIT_NS)
        return int(longest * self._rng.uniform(0.5, 1.0))

    def _give_up(self, state: ChannelState, claimed: Claim, error: str) -> None:
        log.error("%s was not delivered: %s", claimed.message.event_id, error)
        if len(state.permanent) < _MOST_TOLD:
            state.permanent[error] = claimed.message.event_id
        give_up(self._engine, claimed, error, self._clock.now_ns())

    def trouble(self) -> str | None:
        """What the admin has to know: channels that fail, permanent failures first."""
        lasting = [error for s in self.states.values() for error in s.permanent]
        passing = [s.problem for s in self.states.values() if s.problem]
        return "; ".join(dict.fromkeys([*lasting, *passing]))[:500] or None

    def close(self) -> None:
        """Let go of the channels."""
        self._pool.shutdown()
        for channel in self._channels.values():
            channel.close()
