"""The embedded broker: rumqttd out of the `iotcore` wheel, configured for what intake needs.

It holds sessions and undelivered messages in memory: a restart of it forgets what was not yet delivered
(`docs/topics.md` says how large that window is). For more, run Mosquitto.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from iotcore import Broker

log = logging.getLogger(__name__)

MOST_PAYLOAD = 16 << 20
_HEADROOM = 64 * 1024  # topic and headers of the largest packet
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


def serve_broker(folder: Path, listeners: Listeners, stop: threading.Event) -> None:
    """Run until `stop` is set. Raises RuntimeError when the broker ends by itself."""
    broker = start_broker(folder, listeners)
    log.warning("broker listening on %s", ", ".join(broker.listeners))
    try:
        while not stop.wait(0.5):
            if not broker.is_running:
                raise RuntimeError("the embedded broker ended by itself")
    finally:
        broker.stop()
