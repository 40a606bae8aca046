"""paho with a TLS handshake that ends in time and leaves nothing open when it fails."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from paho.mqtt import client as mqtt


class TlsClient(mqtt.Client):
    """paho's own handshake waits for as long as the keep-alive, and forgets its socket when it fails."""

    def __init__(self, context: ssl.SSLContext | None, **options: Any) -> None:
        super().__init__(**options)
        self._context = context
        if context is not None:
            self.tls_set_context(context)

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        assert self._context is not None
        secured = self._context.wrap_socket(
            tcp_sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        try:
            secured.settimeout(self.connect_timeout)
            secured.do_handshake()
        except OSError:
            secured.close()
            raise
        return secured
