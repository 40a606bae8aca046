"""What every notification channel must do, found by the same folder scan as in the product."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.notify.channels import registry
from api.notify.channels.base import Channel, PassingError, PermanentError
from api.notify.channels.mqtt import MqttAlarms
from api.notify.channels.webhook import SIGNATURE, Webhook
from api.notify.message import Message
from config.settings_model import Settings

MESSAGE = Message(
    "018f0000-0000-7000-8000-000000000001.3",
    "alarm",
    None,
    {
        "alarm": {"asset": "north/boiler-1", "priority": "high", "title": {"en": "Too hot", "zh": "过热"}},
        "transition": {"event": "raised", "who": "caretaker"},
    },
    1_767_600_000 * 10**9,
)
BARE = Message("x.1", "alarm", "shelved", {}, 0)
SETTINGS = Settings.model_validate(
    {
        "notify": {
            "webhooks": [
                {"name": "duty", "url": "https://hook.test/a", "secret": "s3cret"},
                {"name": "office", "url": "https://hook.test/b"},
            ]
        }
    }
)
Respond = Callable[[httpx.Request], httpx.Response]


def webhook(respond: Respond, secret: str | None = None) -> Webhook:
    return Webhook("duty", "https://hook.test/a", secret, transport=httpx.MockTransport(respond))


class TakesAll:
    """A broker that takes everything."""

    def publish(self, topic: str, payload: bytes) -> None:
        assert topic.startswith("caretaker/")
        assert payload

    def close(self) -> None:
        pass


def working(channel: Channel) -> Channel:
    """The channel with the world outside replaced by one that takes everything."""
    if isinstance(channel, Webhook):
        channel.close()
        return webhook(lambda _: httpx.Response(204))
    if isinstance(channel, MqttAlarms):
        channel.close()
        return MqttAlarms(TakesAll())
    return channel


@pytest.mark.parametrize("name", [m.__name__ for m in registry.modules()])
def test_every_channel_file_gives_targets_with_lasting_names_that_take_any_message(name: str) -> None:
    made = [sys.modules[name].channels(SETTINGS) for _ in range(2)]
    assert [c.name for c in made[0]] == [c.name for c in made[1]], "deliveries are remembered by these names"
    assert all(0 < len(c.name) <= 100 for c in made[0])
    for channel in made[0]:
        usable = working(channel)
        usable.send(MESSAGE)
        usable.send(BARE)
        usable.close()
    for channel in made[1]:
        assert isinstance(channel.quiet_too, bool)
        channel.close()


def test_all_targets_of_the_settings_are_found() -> None:
    channels = registry.configured(SETTINGS)
    assert [c.name for c in channels] == ["log", "mqtt", "webhook:duty", "webhook:office"]
    for channel in channels:
        channel.close()


def _package(folder: Path, monkeypatch: pytest.MonkeyPatch, **files: str) -> types.ModuleType:
    package = types.ModuleType("channels_of_a_test")
    package.__path__ = [str(folder)]
    monkeypatch.setitem(sys.modules, package.__name__, package)
    for name, text in files.items():
        monkeypatch.delitem(sys.modules, f"{package.__name__}.{name}", raising=False)
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return package


@pytest.mark.parametrize(
    ("text", "said"),
    [("1 / 0", "cannot be imported: ZeroDivisionError"), ("x = 1", "gives no `channels(settings)`")],
)
def test_a_broken_file_stops_the_start_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    package = _package(tmp_path, monkeypatch, pager=text)
    with pytest.raises(registry.BrokenChannelError, match=r"channels_of_a_test\.pager") as error:
        registry.configured(Settings(), package)
    assert said in str(error.value)


def test_a_new_channel_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "class P:\n    name = 'pager'\n\n\ndef channels(settings):\n    return [P()]\n"
    package = _package(tmp_path, monkeypatch, pager=text)
    assert [c.name for c in registry.configured(Settings(), package)] == ["pager"]
    twice = _package(tmp_path, monkeypatch, pager=text.replace("[P()]", "[P(), P()]"))
    with pytest.raises(registry.BrokenChannelError, match="named pager"):
        registry.configured(Settings(), twice)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_webhook_that_is_busy_or_down_is_passing(status: int) -> None:
    hook = webhook(lambda _: httpx.Response(status, headers={"retry-after": "17"}))
    with pytest.raises(PassingError) as failure:
        hook.send(MESSAGE)
    assert failure.value.retry_after_s == 17
    hook.close()


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410])
def test_a_webhook_that_refuses_is_permanent_and_the_remedy_is_said(status: int) -> None:
    hook = webhook(lambda _: httpx.Response(status, headers={"location": "https://elsewhere.test"}))
    with pytest.raises(PermanentError, match="correct its url"):
        hook.send(MESSAGE)
    hook.close()


def test_a_webhook_that_cannot_be_reached_is_passing() -> None:
    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    hook = webhook(unreachable)
    with pytest.raises(PassingError, match="cannot be reached") as failure:
        hook.send(MESSAGE)
    assert failure.value.retry_after_s is None
    hook.close()


def test_a_webhook_sends_a_signed_cloud_event_with_the_stable_id() -> None:
    got: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return httpx.Response(202)

    hook = webhook(take, "s3cret")
    hook.send(MESSAGE)
    hook.send(MESSAGE)
    hook.close()
    bodies: list[dict[str, Any]] = [json.loads(r.content) for r in got]
    assert bodies[0] == bodies[1]
    assert {k: bodies[0][k] for k in ("specversion", "id", "type", "subject", "time")} == {
        "specversion": "1.0",
        "id": MESSAGE.event_id,
        "type": "caretaker.alarm.raised",
        "subject": "north/boiler-1",
        "time": "2026-01-05T08:00:00.000Z",
    }
    assert got[0].headers["content-type"] == "application/cloudevents+json"
    expected = hmac.new(b"s3cret", got[0].content, hashlib.sha256).hexdigest()
    assert got[0].headers[SIGNATURE] == f"sha256={expected}"
