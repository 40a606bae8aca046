"""Alarm transitions reach other systems over the broker, and wait when it is away."""

from __future__ import annotations

import time

import orjson
import pytest

from api.notify.channels.base import PassingError
from api.notify.channels.mqtt import channels
from api.notify.message import Message
from config.settings_model import Settings
from tests.brokers import Embedded, Publisher

TOLD = Message(
    "018f0000-0000-7000-8000-000000000001.3",
    "alarm",
    None,
    {"alarm": {"asset": "north/boiler-1"}, "transition": {"event": "raised"}},
    1_767_600_000 * 10**9,
)


def test_a_transition_is_published_once_the_broker_has_it_and_again_after_its_restart(tmp_path):
    broker = Embedded(tmp_path)
    (channel,) = channels(Settings.model_validate({"mqtt_port": broker.ports[4]}))
    for _ in range(2):
        came: list[tuple[str, dict[str, object], int]] = []
        listener = Publisher(broker.ports[4], "listener")
        listener.client.on_message = lambda *a, came=came: came.append(
            (a[2].topic, orjson.loads(a[2].payload), a[2].qos)
        )
        ready: list[object] = []
        listener.client.on_subscribe = lambda *a, ready=ready: ready.append(a)
        listener.client.subscribe("caretaker/+/alarms", 1)
        while not ready:
            time.sleep(0.01)
        channel.send(TOLD)
        while not came:
            time.sleep(0.01)
        topic, body, qos = came[0]
        assert (topic, qos) == ("caretaker/north/alarms", 1)
        assert body == {
            "id": TOLD.event_id,
            "time": "2026-01-05T08:00:00.000Z",
            "quiet": None,
            "alarm": {"asset": "north/boiler-1"},
            "transition": {"event": "raised"},
        }
        listener.close()
        broker.stop()
        with pytest.raises(PassingError, match="mqtt"):
            channel.send(TOLD)
        broker.start()
    channel.close()
    broker.stop()
