"""The commands `check` and `migrate`, as an installer meets them."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.cli import DETECTOR_NAMES, check, migrate
from config.loading import DEMO_FACILITY

NO_WORD, NO_SPACE = "is none of the words that are known here", "is no space of this site"


@pytest.fixture
def runner(monkeypatch):
    monkeypatch.delenv("CARETAKER_CLOCK", raising=False)
    return CliRunner()


def test_a_sound_configuration_is_said_to_be_sound(runner):
    result = runner.invoke(check, [])
    assert (result.exit_code, result.output) == (0, "No mistakes.\n")


def test_mistakes_are_listed_with_their_place_and_end_with_1(runner, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(DEMO_FACILITY, "site")
    pumps = Path("site/north/pumps.yaml")
    pumps.write_text(pumps.read_text(encoding="utf-8").replace("space: pump-room", "space: pumproom", 1))
    result = runner.invoke(check, ["site"], env={"CARETAKER_STORE": "oracle"})
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"environment: CARETAKER_STORE = oracle: {NO_WORD}. Known: embedded, influx",
        f"site/north/pumps.yaml:6: assets[0].space = pumproom: {NO_SPACE}. Did you mean pump-room?",
    ]
    assert result.stderr == "2 mistakes\n"


def test_detectors_are_checked_when_their_names_are_handed_in(runner):
    result = runner.invoke(check, [], obj={DETECTOR_NAMES: {"range"}})
    assert result.exit_code == 1
    assert ": is no detector. " in result.output


def test_migrate_brings_the_tables_up_to_date_twice(runner, tmp_path):
    for _ in range(2):
        result = runner.invoke(migrate, [], env={"CARETAKER_DATA_DIR": str(tmp_path)})
        assert result.exit_code == 0
        assert result.output == f"The database sqlite+pysqlite:///{tmp_path}/caretaker.db is up to date.\n"


def test_migrate_with_broken_settings_says_what_is_wrong(runner):
    result = runner.invoke(migrate, [], env={"CARETAKER_DATABASE_URL": "oracle://h"})
    assert result.exit_code == 1
    assert "CARETAKER_DATABASE_URL: is no database" in result.stderr
