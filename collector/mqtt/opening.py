"""From settings to an ear."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from paho.mqtt import client as mqtt

from collector.mqtt.address import BrokerAddress
from collector.mqtt.bulk import BulkEar
from collector.mqtt.callback import CallbackEar
from collector.mqtt.ear import Ear
from config.settings_model import Settings

log = logging.getLogger(__name__)

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses to listen on, not ours to open
_SEAM = "_sock_recv"


def broker_address(settings: Settings) -> BrokerAddress:
    """The broker that the settings name; without one, the embedded broker of this node."""
    mqtt_settings = settings.mqtt
    if mqtt_settings.url is None:
        host = _EVERYWHERE.get(mqtt_settings.bind, mqtt_settings.bind)
        return BrokerAddress(host, settings.mqtt_port, mqtt_settings.client_id)
    password = mqtt_settings.password
    return BrokerAddress.parse(
        mqtt_settings.url,
        mqtt_settings.client_id,
        version=5 if mqtt_settings.version == "5" else 4,
        username=mqtt_settings.username,
        password=password.get_secret_value() if password else None,
        ca_file=str(mqtt_settings.ca_file) if mqtt_settings.ca_file else None,
    )


def open_ear(address: BrokerAddress, filters: Sequence[str], rng: np.random.Generator) -> Ear:
    """The fast ear; the plain one when this paho reads its socket in another way than the fast one needs."""
    if hasattr(mqtt.Client, _SEAM):
        return BulkEar(address, filters, rng)
    log.warning("this version of paho-mqtt is not known: messages are read one by one, at a higher cost")
    return CallbackEar(address, filters, rng)
