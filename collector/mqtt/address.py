"""Where the broker is and who we are to it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

_SECURE = {"mqtts", "ssl"}
_PORTS = {"mqtt": 1883, "tcp": 1883, "mqtts": 8883, "ssl": 8883}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """version: 4 (MQTT 3.1.1) or 5. client_id: fixed, for the broker keeps our session under it.

    ca_file: certificate authority of the broker (None: those of the system). For TLS only.
    """

    host: str
    port: int
    client_id: str
    version: int = 4
    tls: bool = False
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None

    @classmethod
    def parse(
        cls,
        url: str,
        client_id: str,
        *,
        version: int = 4,
        username: str | None = None,
        password: str | None = None,
        ca_file: str | None = None,
    ) -> BrokerAddress:
        """From `mqtt://host:port` or `mqtts://host:port`. Raises ValueError that names the form."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(f"{url!r} is no broker address: write mqtt://host:port or mqtts://host:port")
        return cls(
            parts.hostname,
            parts.port or _PORTS[parts.scheme],
            client_id,
            version,
            parts.scheme in _SECURE,
            username,
            password,
            ca_file,
        )

    def named(self, client_id: str) -> BrokerAddress:
        """The same broker under another client id."""
        return replace(self, client_id=client_id)

    def tls_context(self) -> ssl.SSLContext | None:
        """What TLS connections are checked against; None without TLS."""
        return ssl.create_default_context(cafile=self.ca_file) if self.tls else None
