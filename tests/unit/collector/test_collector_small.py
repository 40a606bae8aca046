"""The smaller parts: newest values, statuses, addresses, the broker's configuration, the journal's tail."""

from __future__ import annotations

import threading
import tomllib

import numpy as np
import orjson
import pytest

from collector.broker import MOST_PAYLOAD, Listeners, broker, broker_config, listeners_of
from collector.intake.tail import recent_readings
from collector.mqtt.address import BrokerAddress
from collector.mqtt.bulk import BulkEar
from collector.mqtt.callback import CallbackEar
from collector.mqtt.ear import Heard
from collector.mqtt.opening import broker_address, open_ear
from collector.reading import Quality, ReadingBatch
from collector.service import pieces
from collector.values import NewestValues
from collector.wire.base import Messages
from config.clock import SECOND, SystemClock
from config.database import open_engine, upgrade
from config.heartbeat import read_all
from config.settings_model import Settings
from tests.brokers import free_port, wait_for_port
from tests.unit.collector.intake_kit import NOW, NOW_MS, Room, boiler_room, message, number


class TestNewestValues:
    def test_each_value_is_told_once_by_site_and_only_the_newest(self):
        plant = boiler_room()
        north, south = (
            number(plant, "north/boiler-1/supply_temp"),
            number(plant, "south/boiler-3/supply_temp"),
        )
        values = NewestValues(plant)
        values.observe(
            ReadingBatch.of([north, north, south], [NOW + 10**6, NOW, NOW], [2, 1, 3], received_at=NOW)
        )
        told = {topic: orjson.loads(payload) for topic, payload in values.messages()}
        assert told == {
            "caretaker/north/values": {"boiler-1/supply_temp": [NOW_MS + 1, 2]},
            "caretaker/south/values": {"boiler-3/supply_temp": [NOW_MS, 3]},
        }
        assert list(values.messages()) == []
        values.observe(ReadingBatch.of([north], [NOW], [9], received_at=NOW))
        assert list(values.messages()) == [], "an older one is no news"

    def test_bad_values_are_not_told(self):
        plant = boiler_room()
        values = NewestValues(plant)
        supply = number(plant, "north/boiler-1/supply_temp")
        values.observe(ReadingBatch.of([supply], [NOW], [900], received_at=NOW, quality=Quality.BAD))
        assert list(values.messages()) == []


class TestStatus:
    @pytest.mark.parametrize(
        ("payload", "online"),
        [
            (b"online", True),
            (b" Offline\n", False),
            (b'{"online": true}', True),
            (b'{"online": false}', False),
        ],
    )
    def test_words_and_json_are_understood(self, tmp_path, payload, online):
        room = Room(tmp_path)
        assert room.take(message(payload, "facility/south/gateway/status")) == (0, 0, 0, 0)
        (status,) = room.written()[1].statuses
        assert (status.device, status.online, status.at) == ("south/gateway", online, NOW)

    @pytest.mark.parametrize(
        ("payload", "device", "reason"),
        [
            (b"on", "boiler-1", "unreadable"),
            (b'{"online": 1}', "boiler-1", "unreadable"),
            (b"[]", "boiler-1", "unreadable"),
            (b"online", "nobody", "unknown_device"),
        ],
    )
    def test_anything_else_is_quarantined(self, tmp_path, payload, device, reason):
        room = Room(tmp_path)
        assert room.take(message(payload, f"facility/north/{device}/status")) == (1, 0, 0, 1)
        assert room.refused() == [(f"north/{device}", reason, 1)]


class TestAddress:
    def test_without_an_url_it_is_the_embedded_broker(self):
        address = broker_address(Settings.model_validate({"mqtt_port": 1999, "mqtt": {"bind": "0.0.0.0"}}))
        assert (address.host, address.port, address.version, address.tls) == ("127.0.0.1", 1999, 4, False)
        assert address.client_id == "caretaker-collector"

    def test_an_url_says_host_port_and_tls_and_never_shows_the_password(self):
        given = {"url": "mqtts://broker.example", "username": "c", "password": "hunter2", "version": "5"}
        address = broker_address(Settings.model_validate({"mqtt": given}))
        assert (address.host, address.port, address.version, address.tls) == ("broker.example", 8883, 5, True)
        assert address.password == "hunter2"
        assert "hunter2" not in repr(address)

    @pytest.mark.parametrize("url", ["broker.example", "http://broker.example", "mqtt://"])
    def test_what_is_no_address_is_told_the_form(self, url):
        with pytest.raises(ValueError, match="mqtt://host:port"):
            BrokerAddress.parse(url, "c")

    def test_with_a_paho_of_other_ways_the_plain_ear_is_used(self, monkeypatch):
        rng, where = np.random.default_rng(1), BrokerAddress("127.0.0.1", 1, "c")
        fast = open_ear(where, [], rng)
        assert isinstance(fast, BulkEar)
        monkeypatch.setattr("collector.mqtt.opening._SEAM", "_sock_read")
        plain = open_ear(where, [], rng)
        assert isinstance(plain, CallbackEar)
        for ear in (fast, plain):
            ear.close()


class TestBroker:
    def test_its_configuration_lets_large_packets_and_many_in_flight_through(self):
        config = tomllib.loads(broker_config(Listeners("127.0.0.1", 1883, 11883)))
        for version, port in (("v4", 1883), ("v5", 11883)):
            listener = config[version]["1"]
            assert listener["listen"] == f"127.0.0.1:{port}"
            assert listener["connections"]["max_payload_size"] > MOST_PAYLOAD
        assert "v5" not in tomllib.loads(broker_config(Listeners("127.0.0.1", 1883)))

    def test_mqtt_5_listens_where_there_is_room(self):
        assert listeners_of(Settings.model_validate({"mqtt_port": 1883 + 40_000})).port5 == 51_883
        assert listeners_of(Settings.model_validate({"mqtt_port": 60_000})).port5 is None

    def test_the_process_listens_says_that_it_lives_and_ends_when_asked(self, tmp_path):
        settings = Settings.model_validate({"data_dir": tmp_path, "mqtt_port": free_port()})
        engine = open_engine(settings.database)
        upgrade(engine)
        stop = threading.Event()
        thread = threading.Thread(target=broker, args=(settings, SystemClock(), stop))
        thread.start()
        wait_for_port(settings.mqtt_port)
        while "broker" not in read_all(engine):
            assert thread.is_alive()
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
        engine.dispose()


def test_the_tail_is_the_last_readings_in_the_order_they_came(tmp_path):
    room = Room(tmp_path, segment_bytes=1 << 16)
    assert len(recent_readings(room.folder)) == 0
    for n in range(100):
        room.take(*[message(ts=NOW_MS - 100_000 + 10 * n + i, supply_temp=i) for i in range(10)])
    tail = recent_readings(room.folder, 95)
    assert len(tail) == 100
    assert tail.time[-1] == NOW - 100 * SECOND + 999 * 10**6
    assert (np.diff(tail.time) > 0).all()


def test_what_was_heard_is_cut_with_its_packet_ids():
    messages = Messages([b"t"] * 3, [b"x" * 1_500_000] * 3)
    cut = pieces(Heard(messages, [7, 8, 9], 1))
    assert [list(h.ids) for h in cut] == [[7], [8], [9]]
    assert [len(h) for h in cut] == [1, 1, 1]
