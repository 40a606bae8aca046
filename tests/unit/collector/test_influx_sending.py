"""What happens to lines that the server does not take at once."""

from __future__ import annotations

import numpy as np
import orjson
import pytest

from collector.stores.influx import Away, Place, RefusedLines, Schema, Server, StoreAway
from collector.stores.influx.sending import LINES_PER_BODY, Sender
from config.clock import ManualClock
from tests.brokers import free_port
from tests.influx_stand_in import StandIn
from tests.unit.collector.influx_kit import T0, batch, sender


@pytest.fixture
def server():
    with StandIn() as stand_in:
        yield stand_in


def many(count: int):
    return batch([1] * count, T0 + np.arange(count), np.arange(float(count)))


@pytest.mark.parametrize("compress", [True, False])
def test_bodies_are_bounded(server, tmp_path, compress):
    sending, refused = sender(server, tmp_path, compress=compress)
    sending.send(many(2 * LINES_PER_BODY + 7))
    assert server.bodies == [LINES_PER_BODY, LINES_PER_BODY, 7]
    assert len(set(server.lines)) == 2 * LINES_PER_BODY + 7
    assert refused.count == 0


def test_a_body_that_is_too_large_is_split(server, tmp_path):
    server.most_bytes = 10_000
    sending, refused = sender(server, tmp_path)
    sending.send(many(1_000))
    assert len(server.lines) == 1_000
    assert max(server.bodies) < 200
    assert refused.count == 0


def test_a_line_that_is_never_taken_is_kept_by_itself_with_the_reason(server, tmp_path):
    server.poison = b"supply_temp=333 "
    sending, refused = sender(server, tmp_path)
    sending.send(many(1_000))
    assert len(set(server.lines)) == 999
    (row,) = map(orjson.loads, refused.path.read_bytes().splitlines())
    assert row["lines"] == f"boiler,asset=north/boiler-1,site=north supply_temp=333 {T0 + 333}\n"
    assert row["reason"] == "unable to parse a line"
    assert (row["readings"], refused.count) == (1, 1)


def test_a_server_that_takes_nothing_is_not_asked_line_by_line(server, tmp_path):
    server.poison = b"supply_temp"
    sending, refused = sender(server, tmp_path)
    sending.send(many(4_000))
    kept = [orjson.loads(row) for row in refused.path.read_bytes().splitlines()]
    assert sum(row["readings"] for row in kept) == refused.count == 4_000
    assert sum(row["lines"].count("\n") for row in kept) == 4_000
    assert len(kept) < 100


def test_what_is_no_number_is_kept_elsewhere_and_the_rest_stored(server, tmp_path):
    sending, refused = sender(server, tmp_path)
    sending.send(batch([1, 2, 3], [T0] * 3, [1, np.inf, np.nan]))
    assert server.lines == [f"boiler,asset=north/boiler-1,site=north supply_temp=1 {T0}".encode()]
    assert refused.count == 2
    assert f"point 2 at {T0}: inf" in refused.path.read_text()


def test_the_file_of_refused_lines_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("collector.stores.influx.refused.MOST_BYTES", 4_000)
    refused = RefusedLines(tmp_path, ManualClock(T0))
    for _ in range(100):
        refused.keep("no", b"x" * 100, 1)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 4_500
    assert refused.count == 100


@pytest.mark.parametrize(
    ("answer", "reason", "wait"),
    [
        ((503, {"Retry-After": "7"}), Away.OVERLOADED, 7.0),
        ((429, {"Retry-After": "1e9"}), Away.OVERLOADED, 600.0),
        ((429, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}), Away.OVERLOADED, 600.0),
        ((429, {"Retry-After": "soon"}), Away.OVERLOADED, None),
        ((500, {}), Away.FAILED, None),
        ((401, {}), Away.UNAUTHORIZED, None),
        ((404, {}), Away.NO_BUCKET, None),
    ],
)
def test_a_server_that_cannot_says_why_and_for_how_long(server, tmp_path, answer, reason, wait):
    server.answers.append(answer)
    sending, refused = sender(server, tmp_path)
    with pytest.raises(StoreAway) as away:
        sending.send(many(10))
    assert (away.value.reason, away.value.retry_after) == (reason, wait)
    assert "secret" not in str(away.value)
    sending.send(many(10))
    assert len(server.lines) == 10
    assert refused.count == 0


def test_after_a_question_without_an_answer_the_next_ones_do_not_wait(server):
    time = [100.0]
    asked = Server(server.settings, read_s=0.1, monotonic=lambda: time[0])
    server.delay_s = 0.5
    with pytest.raises(StoreAway, match="timed_out"):
        asked.ask("SELECT 1")
    with pytest.raises(StoreAway, match="did not answer in the last"):
        asked.ask("SELECT 1")
    time[0] += 6
    with pytest.raises(StoreAway, match="timed_out"):
        asked.ask("SELECT 1")


def test_nobody_there_and_no_answer_are_told_apart(server, tmp_path):
    nobody = server.settings.model_copy(update={"url": f"http://127.0.0.1:{free_port()}"})
    schema = Schema({1: Place("boiler", "", "a/b", "p")})
    with pytest.raises(StoreAway, match="unreachable"):
        Sender(Server(nobody), schema, lambda *_: None).send(many(1))
    server.delay_s = 0.5
    with pytest.raises(StoreAway, match="timed_out"):
        Sender(Server(server.settings, write_s=0.1), schema, lambda *_: None).send(many(1))
