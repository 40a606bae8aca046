"""Logs: one line for people, one object for machines, and no secret in either."""

import io
import json
import logging

import pytest

from config.logs import set_up_logs
from config.secrets import SECRETS, SecretRegister


@pytest.fixture
def stream():
    root = logging.getLogger()
    before = root.handlers, root.level
    SECRETS.add("gr3en door")
    yield io.StringIO()
    root.handlers, _ = before
    root.setLevel(before[1])


def test_a_line_of_text_says_when_how_grave_who_and_what(stream):
    set_up_logs("collector", stream=stream)
    logging.getLogger("collector.mqtt").warning("broker %s away", "b1", extra={"attempt": 3})
    logging.getLogger("collector.mqtt").debug("not asked for")
    (line,) = stream.getvalue().splitlines()
    assert line[8:] == " warning collector: broker b1 away  (attempt=3)"


def test_a_line_of_json_holds_the_same_in_fields(stream):
    set_up_logs("store", "debug", "json", stream)
    logging.getLogger("collector.stores").debug("wrote", extra={"readings": 500, "asset": "north/boiler-1"})
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "debug",
        "part": "store",
        "logger": "collector.stores",
        "message": "wrote",
        "readings": 500,
        "asset": "north/boiler-1",
    }


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_is_blotted_out_of_message_extra_and_traceback(stream, form):
    set_up_logs("api", "info", form, stream)
    try:
        raise ConnectionError("mqtt://u:gr3en%20door@h refused")
    except ConnectionError:
        logging.getLogger("x").exception("with %r", ["gr3en door"], extra={"url": "amqp://gr3en door"})
    text = stream.getvalue()
    assert "gr3en" not in text
    assert text.count("[secret]") == 4
    assert "ConnectionError" in text


def test_the_longer_of_two_secrets_goes_as_a_whole_and_very_short_ones_stay():
    register = SecretRegister()
    for secret in ("pass", "passage", "ab"):
        register.add(secret)
    assert register.redact("passage pass ab") == "[secret] [secret] ab"


def test_other_libraries_chatter_is_left_out(stream):
    set_up_logs("api", "debug", stream=stream)
    logging.getLogger("httpx").info("GET /")
    assert stream.getvalue() == ""
