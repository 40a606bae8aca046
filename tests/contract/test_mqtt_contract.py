"""Both ways of listening, over both brokers, in MQTT 3.1.1 and 5: nothing unacknowledged is lost."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from collector.mqtt.bulk import BulkEar
from collector.mqtt.callback import CallbackEar
from collector.mqtt.deaf import Deaf
from collector.mqtt.ear import Ear, Heard
from tests.brokers import MOSQUITTO, Embedded, Mosquitto, Publisher, address, certificates, free_port, rng

FILTER = "facility/+/+/telemetry"
TOPIC = b"facility/north/boiler-1/telemetry"
BROKERS = [
    "embedded",
    pytest.param(
        "mosquitto", marks=[pytest.mark.broker, pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto")]
    ),
]
EARS = {"bulk": BulkEar, "callback": CallbackEar}


@pytest.fixture(scope="module", params=BROKERS)
def broker(request, tmp_path_factory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp(request.param)
    running = Embedded(folder) if request.param == "embedded" else Mosquitto(folder)
    yield running
    running.stop()


@pytest.fixture(params=[4, 5], ids=["3.1.1", "5"])
def version(request) -> int:
    return int(request.param)


class Listener:
    """An ear that loses nothing that it hears while the test waits for something else."""

    def __init__(self, ear: Ear) -> None:
        self.ear = ear
        self._heard: list[Heard] = []

    def until(self, done: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, f"did not happen; deaf: {self.ear.deaf}"
            self._heard.append(self.ear.listen(0.02))

    def until_deaf(self, why: Deaf | None) -> None:
        self.until(lambda: self.ear.deaf == why)

    def hear(self, count: int, *, acknowledge: bool, seconds: float = 60.0) -> list[Heard]:
        """What comes until so many messages came. Without acknowledging, a broker's window must allow it."""
        end = time.monotonic() + seconds
        taken: list[Heard] = []
        while sum(map(len, taken)) < count and time.monotonic() < end:
            batch = self._heard.pop(0) if self._heard else self.ear.listen(0.1)
            if acknowledge:
                self.ear.acknowledge(batch)
            taken.append(batch)
        return [batch for batch in taken if len(batch)]

    def take(self, count: int) -> list[tuple[bytes, bytes]]:
        return pairs(self.hear(count, acknowledge=True))

    def close(self) -> None:
        self.ear.close()


def pairs(heard: list[Heard]) -> list[tuple[bytes, bytes]]:
    return [pair for h in heard for pair in zip(h.messages.topics, h.messages.payloads, strict=True)]


@pytest.fixture(params=EARS)
def listen(request, broker, version) -> Iterator[Callable[[], Listener]]:
    """Opens an ear of a session that this test has for itself."""
    name = request.node.name
    opened: list[Listener] = []

    def open_ear() -> Listener:
        where = address(broker.ports[version], version, client_id=name)
        opened.append(Listener(EARS[request.param](where, [FILTER], rng())))
        opened[-1].until_deaf(None)
        return opened[-1]

    yield open_ear
    for listener in opened:
        listener.close()


@pytest.fixture
def device(broker) -> Iterator[Publisher]:
    publisher = Publisher(broker.ports[4])
    yield publisher
    publisher.close()


def numbered(count: int, start: int = 0) -> list[tuple[bytes, bytes]]:
    return [(TOPIC, b"%d" % n) for n in range(start, start + count)]


def test_everything_comes_in_order_and_once(listen, device):
    ear = listen()
    sent = numbered(3000)
    feeder = threading.Thread(target=device.send, args=sent)
    feeder.start()
    assert ear.take(3000) == sent
    feeder.join()
    assert len(ear.ear.listen(0.1)) == 0


def test_what_was_not_acknowledged_comes_again_on_the_next_connection(listen, device):
    ear = listen()
    device.send(*numbered(10))
    heard = ear.hear(10, acknowledge=False)
    assert pairs(heard) == numbered(10)
    first = heard[0]
    some = min(4, len(first))
    ear.ear.acknowledge(Heard(first.messages.slice(0, some), first.ids[:some], first.generation))
    ear.ear.listen(0.05)
    ear.close()
    again = listen()
    assert again.take(10 - some) == numbered(10 - some, start=some)
    assert len(again.ear.listen(0.1)) == 0


def test_what_is_sent_while_nobody_listens_waits_in_the_session(listen, device):
    listen().close()
    device.send(*numbered(50))
    assert listen().take(50) == numbered(50)


def test_a_payload_of_fifteen_megabytes_passes_between_small_ones(listen, device):
    ear = listen()
    big = (TOPIC, b"x" * 15_000_000)
    sent = [*numbered(5), big, *numbered(5, start=5)]
    feeder = threading.Thread(target=device.send, args=sent)
    feeder.start()
    assert ear.take(11) == sent
    feeder.join()


def test_qos_0_is_heard_too(listen, device):
    ear = listen()
    device.send(*numbered(3), qos=0)
    assert ear.take(3) == numbered(3)
    device.send(*numbered(3, start=3))
    assert ear.take(3) == numbered(3, start=3)


def test_it_publishes_while_it_listens(listen, device):
    ear = listen()
    came = []
    device.client.on_message = lambda *a: came.append((a[2].topic, a[2].payload))
    device.client.subscribe("caretaker/#", 1)
    ear.until(device.client.is_connected)
    time.sleep(0.2)
    writer = threading.Thread(
        target=lambda: [ear.ear.publish(f"caretaker/north/{n}", b"v", qos=n % 2) for n in range(40)]
    )
    writer.start()
    device.send(*numbered(200))
    assert ear.take(200) == numbered(200)
    writer.join()
    ear.until(lambda: len(came) == 40)


def test_a_retained_message_is_heard_at_once(listen, device):
    device.send((b"facility/north/retained/telemetry", b"kept"), retain=True)
    ear = listen()
    assert (b"facility/north/retained/telemetry", b"kept") in ear.take(1)
    device.send((b"facility/north/retained/telemetry", b""), retain=True)


@pytest.mark.parametrize("ear_class", EARS.values(), ids=EARS)
def test_no_broker_is_named_and_its_return_is_found(ear_class, tmp_path):
    port = free_port()
    ear = Listener(ear_class(address(port), [FILTER], rng()))
    assert ear.ear.deaf == Deaf.STARTING
    ear.until_deaf(Deaf.BROKER_AWAY)
    broker = Embedded.__new__(Embedded)
    broker.ports, broker._folder, broker._broker = {4: port, 5: free_port()}, tmp_path, None
    broker.start()
    ear.until_deaf(None)
    broker.stop()
    ear.until_deaf(Deaf.BROKER_AWAY)
    ear.close()


@pytest.mark.broker
@pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto")
class TestMosquittoRefuses:
    """What only a broker with users and access lists can say."""

    @pytest.fixture
    def strict(self, tmp_path) -> Iterator[Mosquitto]:
        passwords, access = tmp_path / "passwords", tmp_path / "access"
        subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "collector", "right"], check=True)
        access.write_text("user collector\ntopic read facility/#\n")
        for file in (passwords, access):
            file.chmod(0o666)
        running = Mosquitto(
            tmp_path, "allow_anonymous false", f"password_file {passwords}", f"acl_file {access}"
        )
        yield running
        running.stop()

    @pytest.mark.parametrize("ear_class", EARS.values(), ids=EARS)
    @pytest.mark.parametrize("version", [4, 5])
    def test_a_wrong_password_is_named(self, strict, ear_class, version):
        where = address(strict.port, version, username="collector", password="wrong")
        ear = Listener(ear_class(where, [FILTER], rng()))
        ear.until_deaf(Deaf.NOT_AUTHORISED)
        ear.close()

    @pytest.mark.parametrize("ear_class", EARS.values(), ids=EARS)
    def test_the_right_password_opens(self, strict, ear_class):
        ear = Listener(
            ear_class(address(strict.port, username="collector", password="right"), [FILTER], rng())
        )
        ear.until_deaf(None)
        ear.close()

    @pytest.mark.parametrize("ear_class", EARS.values(), ids=EARS)
    def test_two_with_one_client_id_do_not_share_a_session(self, tmp_path, ear_class):
        broker = Mosquitto(tmp_path)
        first = Listener(ear_class(address(broker.port, 5), [FILTER], rng()))
        first.until_deaf(None)
        second = Listener(ear_class(address(broker.port, 5), [FILTER], rng()))
        second.until_deaf(None)
        first.until(lambda: first.ear.deaf in (Deaf.TAKEN_OVER, Deaf.BROKER_AWAY))
        for ear in (first, second):
            ear.close()
        broker.stop()


@pytest.mark.broker
@pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto")
@pytest.mark.parametrize("ear_class", EARS.values(), ids=EARS)
@pytest.mark.parametrize("trusted", [True, False], ids=["trusted", "stranger"])
def test_over_tls_and_only_to_a_broker_that_proves_itself(tmp_path, ear_class, trusted):
    files = certificates(tmp_path / "ours")
    other = certificates(tmp_path / "other")
    lines = [f"certfile {files.certificate}", f"keyfile {files.key}", "allow_anonymous true"]
    broker = Mosquitto(tmp_path / "broker", *lines, plain=True)
    where = address(broker.port, tls=True, ca_file=str((files if trusted else other).authority))
    ear = Listener(ear_class(where, [FILTER], rng()))
    if not trusted:
        ear.until_deaf(Deaf.BROKER_AWAY)
    else:
        ear.until_deaf(None)
        device = Publisher(broker.plain_port)
        sent = [*numbered(2000), (TOPIC, b"x" * 3_000_000), *numbered(20)]
        feeder = threading.Thread(target=device.send, args=sent)
        feeder.start()
        assert ear.take(len(sent)) == sent
        feeder.join()
        device.close()
    ear.close()
    broker.stop()


@pytest.mark.parametrize("ear_class", EARS.values(), ids=EARS)
def test_a_server_that_speaks_no_mqtt_is_named(ear_class):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def answer() -> None:
            connection, _ = server.accept()
            connection.recv(100)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        ear = Listener(ear_class(address(server.getsockname()[1]), [FILTER], rng()))
        ear.until(lambda: ear.ear.deaf in (Deaf.REFUSED, Deaf.NOT_MQTT))
        ear.close()
