"""The commands: accounts, tokens, the certificate, and exports that other programs open."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from api.accounts.tokens import Tokens
from api.cli import certificate, export, token, user
from collector import folders
from collector.reading import ReadingBatch
from collector.stores.embedded import EmbeddedStore
from config.clock import SECOND, SystemClock
from config.database import metadata, open_engine
from config.point_numbers import StoredNumbers
from config.settings import load_settings

PASSWORD = "a password of hers"


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARETAKER_DATA_DIR", str(tmp_path))
    engine = open_engine(load_settings())
    metadata.create_all(engine)
    engine.dispose()
    return tmp_path


def run(command: object, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(command, arguments, input=typed)  # type: ignore[arg-type]


def test_an_account_is_added_listed_and_disabled() -> None:
    added = run(
        user,
        "add",
        "Wang",
        "--role",
        "crew",
        "--site",
        "north",
        "--site",
        "south",
        "--password-file",
        "-",
        typed=PASSWORD + "\n",
    )
    assert added.output == "Wang can sign in as crew.\n"
    assert run(user, "list").output == "wang: crew@north/*, crew@south/*\n"
    assert run(user, "disable", "wang").exit_code == 0
    assert run(user, "list").output == "wang (disabled): crew@north/*, crew@south/*\n"


def test_a_mistake_is_one_line_with_the_remedy() -> None:
    run(user, "add", "wang", "--role", "crew", "--no-password")
    for arguments, said in (
        (("add", "wang", "--role", "crew", "--no-password"), "choose a name that is not taken"),
        (("add", "li", "--role", "crew", "--password-file", "-"), "use 10 to 200 characters"),
        (("disable", "wong"), "Did you mean wang?"),
        (("add", "li", "--role", "boss"), "'boss' is not one of 'viewer'"),
    ):
        refused = run(user, *arguments, typed="short\n")
        assert refused.exit_code != 0
        assert said in refused.output
        assert "Traceback" not in refused.output


def test_the_password_can_be_asked_for_and_set_anew() -> None:
    added = run(user, "add", "chief", "--role", "admin", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert added.exit_code == 0
    assert PASSWORD not in added.output
    assert (
        run(user, "password", "chief", "--password-file", "-", typed="another long secret\n").exit_code == 0
    )


def test_a_token_is_printed_once_as_the_last_line(data_dir: Path) -> None:
    run(user, "add", "grafana", "--role", "viewer", "--no-password")
    made = run(token, "create", "--user", "grafana", "--lifetime", "90d")
    secret = made.stdout.splitlines()[-1]
    engine = open_engine(load_settings())
    found = Tokens(engine, SystemClock()).user(secret)
    engine.dispose()
    assert found is not None
    assert found.name == "grafana"
    assert "Did you mean grafana?" in run(token, "create", "--user", "grafna").output
    assert run(token, "create", "--user", "grafana", "--lifetime", "soon").exit_code == 2


def test_without_tables_the_remedy_is_to_migrate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARETAKER_DATA_DIR", str(tmp_path / "fresh"))
    refused = run(user, "list")
    assert refused.exit_code == 1
    assert "Run `caretaker migrate` first?" in refused.output


def test_the_certificate_says_what_to_install(data_dir: Path) -> None:
    made = run(certificate, "--host", "caretaker.lan", "--host", "192.0.2.7")
    assert "Certificate for caretaker.lan, 192.0.2.7." in made.output
    assert str(data_dir / "certificates" / "ca.pem") in made.output
    assert (data_dir / "certificates" / "server.pem").exists()


@pytest.fixture
def campus(data_dir: Path) -> str:
    """The shipped campus with ten readings of one point, until 2026-01-05T08:00:00Z; returns the point."""
    from config.loading import load_plant

    settings = load_settings()
    engine = open_engine(settings)
    plant = load_plant(settings, StoredNumbers(engine))
    engine.dispose()
    point = next(iter(plant.points.values()))
    store = EmbeddedStore(folders.measured(data_dir).readings)
    times = 1_767_600_000 * SECOND - np.arange(10)[::-1] * 60 * SECOND
    store.write(ReadingBatch.of([point.number] * 10, times, np.arange(10.0), received_at=0))
    store.close()
    return point.id


def test_readings_are_exported_as_csv_and_parquet(campus: str, tmp_path: Path) -> None:
    span = ("--start", "2026-01-05T07:55:00Z", "--end", "2026-01-06T00:00:00Z")
    table, columns = tmp_path / "readings.csv", tmp_path / "readings.parquet"
    for file in (table, columns):
        done = run(export, "readings", str(file), *span, "--asset", campus.rpartition("/")[0])
        assert done.exit_code == 0, done.output
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["point"], float(r["value"]), r["quality"]) for r in rows] == [
        (campus, float(n), "good") for n in range(4, 10)
    ]
    assert rows[-1]["time"] == "2026-01-05T08:00:00.000Z"
    found = pq.read_table(columns).to_pylist()
    assert [r["value"] for r in found] == [float(n) for n in range(4, 10)]
    assert found[-1]["time"].isoformat() == "2026-01-05T08:00:00+00:00"


def test_an_export_that_cannot_be_is_refused(campus: str, tmp_path: Path) -> None:
    span = ("--start", "2026-01-05T07:55:00Z", "--end", "2026-01-06T00:00:00Z")
    assert "ends in .csv or .parquet" in run(export, "readings", str(tmp_path / "x.xls"), *span).output
    assert "no asset x/y" in run(export, "readings", str(tmp_path / "x.csv"), *span, "--asset", "x/y").output
    bad = run(export, "readings", str(tmp_path / "x.csv"), "--start", "noon", "--end", "0")
    assert "RFC 3339" in bad.output


def test_alarms_are_exported_as_json_lines(campus: str) -> None:
    from analytics.alarms.changes import ConditionChange
    from analytics.alarms.service import AlarmService
    from config.loading import load_plant

    settings = load_settings()
    engine = open_engine(settings)
    plant = load_plant(settings, StoredNumbers(engine))
    asset = plant.assets[campus.rpartition("/")[0]]
    rule = next(iter(asset.kind.alarms))
    clock = SystemClock()
    AlarmService(engine, plant, clock).apply([ConditionChange(1, asset.id, rule, True)], clock.now_ns())
    engine.dispose()
    lines = run(export, "alarms").stdout.splitlines()
    assert [json.loads(line)["rule"] for line in lines] == [rule]
