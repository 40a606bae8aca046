"""What must be there before readings come: buckets with their retention, the task of hourly figures."""

from __future__ import annotations

import logging

from influxdb_client import BucketRetentionRules, InfluxDBClient, TaskCreateRequest
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from collector.stores.influx.away import Away, StoreAway
from config.clock import SECOND
from config.settings_model import Influx, Retention

log = logging.getLogger(__name__)

_FIGURES = ("count", "min", "max", "mean", "first", "last")
_TIMEOUT_MS = 10_000
_NO_SUCH_API, _NOT_ALLOWED = {404, 405}, {401, 403}


def hourly_bucket(bucket: str) -> str:
    """The bucket that holds the hourly figures of `bucket`."""
    return f"{bucket}_hourly"


def set_up(influx: Influx, retention: Retention) -> None:
    """Make what is missing; what exists stays as it is. Raises StoreAway while the server does not answer.

    A token without the right to make buckets, or a server without buckets (1.8, 3), is told in the log:
    then they are to be made by hand.
    """
    assert influx.token is not None
    token = influx.token.get_secret_value()
    with InfluxDBClient(influx.url, token, org=influx.org, timeout=_TIMEOUT_MS) as client:
        try:
            _bucket(client, influx.bucket, retention.raw)
            _bucket(client, hourly_bucket(influx.bucket), retention.rollup)
            _task(client, influx)
        except ApiException as error:
            if error.status not in _NO_SUCH_API | _NOT_ALLOWED:
                raise StoreAway(Away.FAILED, f"{error.status} {error.reason}") from error
            log.warning(
                "the bucket %s could not be set up (%s); make it by hand, see docs/influxdb.md",
                influx.bucket,
                error.reason,
            )
        except HTTPError as error:
            raise StoreAway(Away.UNREACHABLE, f"{influx.url}: {error}") from error


def _bucket(client: InfluxDBClient, name: str, kept_ns: int) -> None:
    buckets = client.buckets_api()
    found = buckets.find_bucket_by_name(name)
    seconds = kept_ns // SECOND
    if found is None:
        rule = BucketRetentionRules(type="expire", every_seconds=seconds)
        buckets.create_bucket(bucket_name=name, retention_rules=rule)
        log.info("bucket %s made, it keeps %d days", name, seconds // 86_400)
        return
    kept = [rule.every_seconds for rule in found.retention_rules] or [0]
    if kept != [seconds]:
        log.warning(
            "bucket %s keeps %d s and not the %d s of the settings; it stays so", name, *kept, seconds
        )


def _task(client: InfluxDBClient, influx: Influx) -> None:
    name = f"hourly figures of {influx.bucket}"
    tasks = client.tasks_api()
    if tasks.find_tasks(name=name):
        return
    organisation = client.organizations_api().find_organizations(org=influx.org)[0]
    request = TaskCreateRequest(flux=hourly_task(name, influx), org_id=organisation.id, status="active")
    tasks.create_task(task_create_request=request)


def hourly_task(name: str, influx: Influx) -> str:
    """Flux: the last 26 whole hours are computed again each hour, so that late readings count.

    One field per point, the figure in the tag `figure`; bad readings are left out, as everywhere.
    """
    source, target = _quoted(influx.bucket), _quoted(hourly_bucket(influx.bucket))
    lines = [
        'import "date"',
        f"option task = {{name: {_quoted(name)}, every: 1h, offset: 10m}}",
        f"readings = from(bucket: {source})",
        "  |> range(start: date.truncate(t: -26h, unit: 1h), stop: date.truncate(t: now(), unit: 1h))",
        '  |> filter(fn: (r) => not exists r.quality or r.quality != "bad")',
    ]
    for figure in _FIGURES:
        lines += [
            "readings",
            f'  |> aggregateWindow(every: 1h, fn: {figure}, createEmpty: false, timeSrc: "_start")',
            "  |> toFloat()",
            f'  |> set(key: "figure", value: "{figure}")',
            f"  |> to(bucket: {target}, org: {_quoted(influx.org)})",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
