"""Why the collector hears nothing."""

from __future__ import annotations

from enum import StrEnum

from paho.mqtt.reasoncodes import ReasonCode


class Deaf(StrEnum):
    """Named in the log, the heartbeat and the system alarm; each has a remedy."""

    STARTING = "starting"
    BROKER_AWAY = "broker_away"
    NOT_AUTHORISED = "not_authorised"
    REFUSED = "refused"  # the broker answers, but not with a connection
    NO_SUBSCRIPTION = "no_subscription"
    TAKEN_OVER = "taken_over"  # another client connected with our client id
    NOT_MQTT = "not_mqtt"  # what answers at this address does not speak MQTT
    JOURNAL_FULL = "journal_full"


REMEDIES: dict[Deaf, str] = {
    Deaf.STARTING: "wait a moment",
    Deaf.BROKER_AWAY: "see whether the broker runs and whether mqtt.url is right",
    Deaf.NOT_AUTHORISED: "check mqtt.username and mqtt.password, and the broker's list of users",
    Deaf.REFUSED: "look into the broker's log; perhaps it speaks another mqtt.version",
    Deaf.NO_SUBSCRIPTION: "let this user read facility/# in the broker's access list",
    Deaf.TAKEN_OVER: "give every collector an mqtt.client_id of its own",
    Deaf.NOT_MQTT: "check the port in mqtt.url, and whether it wants TLS (mqtts://)",
    Deaf.JOURNAL_FULL: "free space on the journal's disk, or start the reader that is behind",
}

_AUTHORISATION = {"Bad user name or password", "Not authorized", "Banned", "Bad authentication method"}


def refusal(reason: ReasonCode) -> Deaf:
    """What a broker's refusal of a connection means."""
    return Deaf.NOT_AUTHORISED if str(reason) in _AUTHORISATION else Deaf.REFUSED


def loss(reason: ReasonCode | None) -> Deaf:
    """What the end of a connection means."""
    return Deaf.TAKEN_OVER if str(reason) == "Session taken over" else Deaf.BROKER_AWAY
