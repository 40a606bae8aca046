"""Webhooks: each transition as a CloudEvent (1.0, structured JSON), signed when a secret is configured."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import httpx
import orjson

from api.notify.channels.base import Channel, PassingError, PermanentError
from api.notify.message import Message
from api.times import rfc3339
from config.settings_model import Settings

SIGNATURE = "X-Caretaker-Signature"
_PASSING = frozenset({408, 421, 425, 429})
_LONGEST_WAIT_S = 3600.0


class Webhook:
    """Posts to one address. The event's `id` is the same each time it is sent."""

    quiet_too = False

    def __init__(
        self,
        name: str,
        url: str,
        secret: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        self.name = f"webhook:{name}"
        self._url, self._secret = url, secret
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False, transport=transport)

    def send(self, message: Message) -> None:
        body = orjson.dumps(cloud_event(message))
        headers = {"Content-Type": "application/cloudevents+json"}
        if self._secret:
            headers[SIGNATURE] = "sha256=" + hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        try:
            answered = self._client.post(self._url, content=body, headers=headers)
        except httpx.TransportError as error:
            raise PassingError(f"{self.name} cannot be reached: {type(error).__name__} {error}") from None
        except (httpx.InvalidURL, UnicodeError) as error:
            raise PermanentError(f"{self.name} has no usable address: {error}. Correct its url.") from None
        self._judge(answered)

    def _judge(self, answered: httpx.Response) -> None:
        status = answered.status_code
        if answered.is_success:
            return
        if status in _PASSING or status >= 500:
            raise PassingError(f"{self.name} answered {status}", _retry_after(answered))
        raise PermanentError(f"{self.name} answered {status}: correct its url or what stands behind it.")

    def close(self) -> None:
        self._client.close()


def cloud_event(message: Message) -> dict[str, Any]:
    """The message as a CloudEvent."""
    event = message.transition.get("event", "told")
    return {
        "specversion": "1.0",
        "id": message.event_id,
        "source": "urn:caretaker",
        "type": f"caretaker.{message.topic}.{event}",
        "subject": message.alarm.get("asset", ""),
        "time": rfc3339(message.created_ns),
        "datacontenttype": "application/json",
        "data": dict(message.payload),
    }


def _retry_after(answered: httpx.Response) -> float | None:
    """Seconds; the date form is left to our own back-off."""
    value = answered.headers.get("retry-after", "")
    return min(float(value), _LONGEST_WAIT_S) if value.isascii() and value.isdigit() else None


def channels(settings: Settings) -> list[Channel]:
    """One for each configured webhook."""
    return [
        Webhook(w.name, str(w.url), w.secret.get_secret_value() if w.secret else None)
        for w in settings.notify.webhooks
    ]
