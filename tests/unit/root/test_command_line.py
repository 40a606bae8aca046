"""Every command of the command line is there and says what it is for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import caretaker


@pytest.mark.parametrize("command", [*caretaker.PARTS, *caretaker.COMMANDS, "run"])
def test_each_command_explains_itself(command: str) -> None:
    answer = CliRunner().invoke(caretaker.cli, [command, "--help"])
    assert answer.exit_code == 0, answer.output
    assert "Usage:" in answer.output


def test_the_list_of_commands_loads_none_of_them() -> None:
    answer = CliRunner().invoke(caretaker.cli, ["--help"])
    assert all(name in answer.output for name in (*caretaker.PARTS, *caretaker.COMMANDS))
    assert "history" not in answer.output


def test_the_shipped_configuration_has_no_mistake() -> None:
    answer = CliRunner().invoke(caretaker.cli, ["check"])
    assert answer.exit_code == 0, answer.output


def test_a_node_without_a_journal_says_what_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARETAKER_DATA_DIR", str(tmp_path))
    answer = CliRunner().invoke(caretaker.cli, ["journal"])
    assert answer.exit_code == 0
    assert "caretaker collect" in answer.output
