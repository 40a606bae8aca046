"""The embedded broker: rumqttd out of the `iotcore` wheel, configured for what intake needs.

It holds sessions and undelivered messages in memory: a restart of it forgets what was not yet delivered
(`docs/topics.md` says how large that window is). For more, run Mosquitto.
"""

from __future__ import annotations

import logging
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

from iotcore import Broker
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from config.clock import Clock
from config.database import open_engine
from config.heartbeat import beat
from config.settings_model import Settings

log = logging.getLogger(__name__)

PART = "broker"
MOST_PAYLOAD = 16 << 20
_HEADROOM = 64 * 1024  # topic and headers of the largest packet
_OFFSET_5 = 10_000
_LAST_PORT = 65_535
_BEAT_S = 1.0
_SEGMENT_BYTES, _SEGMENTS = 16 << 20, 8


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where it listens: MQTT 3.1.1 on `port`, MQTT 5 on `port5` (None: not at all)."""

    host: str
    port: int
    port5: int | None = None


def broker_config(listeners: Listeners) -> str:
    """rumqttd's TOML. Per topic filter it keeps up to 128 MB for subscribers that have not fetched it."""
    parts = [
        "id = 0",
        "[router]",
        "id = 0",
        "max_connections = 10010",
        "max_outgoing_packet_count = 200",
        f"max_segment_size = {_SEGMENT_BYTES}",
        f"max_segment_count = {_SEGMENTS}",
        _listener("v4", listeners.host, listeners.port),
    ]
    if listeners.port5 is not None:
        parts.append(_listener("v5", listeners.host, listeners.port5))
    return "\n".join(parts) + "\n"


def _listener(version: str, host: str, port: int) -> str:
    return "\n".join(
        [
            f"[{version}.1]",
            f'name = "{version}"',
            f'listen = "{host}:{port}"',
            "next_connection_delay_ms = 1",
            f"[{version}.1.connections]",
            "connection_timeout_ms = 60000",
            f"max_payload_size = {MOST_PAYLOAD + _HEADROOM}",
            "max_inflight_count = 1000",
            "dynamic_filters = true",
        ]
    )


def start_broker(folder: Path, listeners: Listeners) -> Broker:
    """A running broker; its configuration lies in `folder`. Raises OSError when a port is taken."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "rumqttd.toml"
    path.write_text(broker_config(listeners))
    return Broker(config_path=str(path)).start()


def listeners_of(settings: Settings) -> Listeners:
    """MQTT 3.1.1 on `mqtt_port`; MQTT 5 ten thousand higher, where there is room and nobody else."""
    host, port5 = settings.mqtt.bind, settings.mqtt_port + _OFFSET_5
    return Listeners(host, settings.mqtt_port, port5 if _is_free(host, port5) else None)


def _is_free(host: str, port: int) -> bool:
    if port > _LAST_PORT:
        return False
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def broker(settings: Settings, clock: Clock, stop: threading.Event) -> None:
    """The process `broker`: run until `stop` is set. Raises RuntimeError when the broker ends by itself."""
    engine = open_engine(settings.database)
    running = start_broker(settings.data_dir / "broker", listeners_of(settings))
    log.info("broker listening on %s", ", ".join(running.listeners))
    try:
        while not stop.wait(_BEAT_S):
            if not running.is_running:
                raise RuntimeError("the embedded broker ended by itself")
            _beat(engine, clock)
    finally:
        running.stop()
        engine.dispose()


def _beat(engine: Engine, clock: Clock) -> None:
    try:
        beat(engine, PART, clock)
    except SQLAlchemyError as error:
        log.warning("the database cannot be told that the broker lives: %s", error)
