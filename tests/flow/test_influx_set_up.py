"""A bare server becomes a store: buckets with their retention, hourly figures that a task makes."""

from __future__ import annotations

import time

import numpy as np
import pytest
from influxdb_client import InfluxDBClient

from collector.reading import Quality, ReadingBatch
from collector.stores.influx import Away, InfluxStore, Place, Schema, Server, StoreAway
from collector.stores.influx.set_up import hourly_bucket, set_up
from config.clock import HOUR, MINUTE
from config.settings_model import Influx, Retention
from tests.brokers import free_port
from tests.influx import shared

pytestmark = pytest.mark.influx
RETENTION = Retention(raw="30d", rollup="900d")


def test_buckets_are_made_with_their_retention_and_never_changed(tmp_path):
    access = shared()
    influx = access.settings(f"set-up-{tmp_path.name}-{time.time_ns()}")
    set_up(influx, RETENTION)
    set_up(influx, Retention(raw="5d", rollup="6d"))
    with InfluxDBClient(access.url, access.token, org=access.org) as client:
        buckets = client.buckets_api()
        kept = [
            buckets.find_bucket_by_name(name).retention_rules[0].every_seconds
            for name in (influx.bucket, hourly_bucket(influx.bucket))
        ]
        assert kept == [30 * 86_400, 900 * 86_400]
        assert len(client.tasks_api().find_tasks(name=f"hourly figures of {influx.bucket}")) == 1


def test_the_task_makes_hourly_figures_without_bad_readings(tmp_path):
    access = shared()
    influx = access.settings(f"hourly-{tmp_path.name}-{time.time_ns()}")
    set_up(influx, RETENTION)
    hour = time.time_ns() // HOUR * HOUR - 2 * HOUR
    server = Server(influx)
    store = InfluxStore(server, Schema({1: Place("boiler", "north", "north/b-1", "temp")}), lambda *_: None)
    times = hour + np.arange(4) * MINUTE
    quality = [Quality.GOOD, Quality.GOOD, Quality.GOOD, Quality.BAD]
    store.write(ReadingBatch.of([1] * 4, times, [1, 2, 6, 999], received_at=hour, quality=quality))
    with InfluxDBClient(access.url, access.token, org=access.org) as client:
        tasks = client.tasks_api()
        (task,) = tasks.find_tasks(name=f"hourly figures of {influx.bucket}")
        tasks.run_manually(task.id)
    question = 'SELECT temp FROM "boiler" GROUP BY "figure"'
    end = time.monotonic() + 30
    while len(server.ask(question, hourly_bucket(influx.bucket))[0]) < 6:
        assert time.monotonic() < end, "the task made nothing"
        time.sleep(0.1)
    figures = {
        one["tags"]["figure"]: one["values"] for one in server.ask(question, hourly_bucket(influx.bucket))[0]
    }
    assert figures == {
        "count": [[hour, 3]],
        "first": [[hour, 1]],
        "last": [[hour, 6]],
        "max": [[hour, 6]],
        "mean": [[hour, 3]],
        "min": [[hour, 1]],
    }
    store.close()


def test_a_token_that_may_not_make_buckets_is_no_reason_to_stop():
    access = shared()
    influx = Influx(url=access.url, org=access.org, bucket="first", token="wrong")
    set_up(influx, RETENTION)


def test_a_server_that_is_not_there_is_waited_for():
    nobody = Influx(url=f"http://127.0.0.1:{free_port()}", token="none")
    with pytest.raises(StoreAway) as away:
        set_up(nobody, RETENTION)
    assert away.value.reason is Away.UNREACHABLE
