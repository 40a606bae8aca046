"""Real brokers for tests, each on a free port: the embedded one, and Mosquitto where it is on PATH."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import paho.mqtt.client as mqtt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from iotcore import Broker

from collector.broker import Listeners, start_broker
from collector.mqtt.address import BrokerAddress

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True)
class Certificates:
    """Files of a broker's certificate for 127.0.0.1, its key, and who signed it."""

    authority: Path
    certificate: Path
    key: Path


def certificates(folder: Path) -> Certificates:
    """A certificate that signs itself."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test broker")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = Certificates(folder / "cert.pem", folder / "cert.pem", folder / "key.pem")
    files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Embedded:
    """The embedded broker with both its listeners."""

    def __init__(self, folder: Path) -> None:
        self.ports = {4: free_port(), 5: free_port()}
        self._folder = folder
        self._broker: Broker | None = None
        self.start()

    def start(self) -> None:
        self._broker = start_broker(self._folder, Listeners("127.0.0.1", self.ports[4], self.ports[5]))

    def stop(self) -> None:
        if self._broker is not None:
            self._broker.stop()
            self._broker = None


class Mosquitto:
    """Mosquitto with sessions on disk, its in-flight window open; `plain`: with one listener without TLS."""

    def __init__(self, folder: Path, *lines: str, plain: bool = False) -> None:
        self.port = free_port()
        self.plain_port = free_port() if plain else self.port
        self.ports = {4: self.port, 5: self.port}
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "mosquitto.conf"
        base = [
            f"listener {self.port} 127.0.0.1",
            *(lines or ["allow_anonymous true"]),
            *(["user root"] if os.geteuid() == 0 else []),  # else it gives up the right to read our files
            *([f"listener {self.plain_port} 127.0.0.1", "allow_anonymous true"] if plain else []),
            "persistence true",
            f"persistence_location {folder}/",
            "max_inflight_messages 0",
            "max_queued_messages 0",
            "message_size_limit 0",
        ]
        self._config.write_text("\n".join(base) + "\n")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config)], stderr=subprocess.DEVNULL)
        wait_for_port(self.port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)  # it saves its sessions first
            self._process = None


def wait_for_port(port: int, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on port {port}")


def address(port: int, version: int = 4, client_id: str = "test-collector", **more: Any) -> BrokerAddress:
    return BrokerAddress("127.0.0.1", port, client_id, version, **more)


class Publisher:
    """A device: a paho client on a thread of its own. `send` returns when the broker has everything."""

    def __init__(self, port: int, client_id: str = "test-device", **will: Any) -> None:
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=client_id)
        self.client.max_inflight_messages_set(1000)
        if will:
            self.client.will_set(**will)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def send(self, *messages: tuple[bytes, bytes], qos: int = 1, retain: bool = False) -> None:
        sent = [self.client.publish(t.decode(), p, qos=qos, retain=retain) for t, p in messages]
        for one in sent:
            one.wait_for_publish(30)

    def drop(self) -> None:
        """Be cut off without a word, so that the last will speaks."""
        sock = self.client.socket()
        self.client.loop_stop()
        if sock is not None:
            sock.close()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def rng() -> np.random.Generator:
    return np.random.default_rng(1)
