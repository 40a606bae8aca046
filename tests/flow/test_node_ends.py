"""How a node ends: by Ctrl-C, by the death of its supervisor, and never because of another one."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.flow.whole_node import ROOT, WholeNode, until


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> Iterator[tuple[WholeNode, WholeNode]]:
    """Two nodes side by side, each with its own ports and data."""
    folder: Path = tmp_path_factory.mktemp("nodes")
    with ExitStack() as both:
        nodes = [both.enter_context(WholeNode(folder / name)) for name in ("one", "other")]
        for node in nodes:
            until(node.alive, f"{node.folder.name} does not come up", pause=0.3)
        yield nodes[0], nodes[1]


def test_two_nodes_run_side_by_side(two) -> None:
    for node in two:
        answer = httpx.get(f"{node.address}/api/v1/health", timeout=10)
        assert answer.status_code == 200
    assert two[0].http != two[1].http
    pids = [{p.pid for p in node.children().values()} for node in two]
    assert not pids[0] & pids[1]


def test_a_second_node_on_the_same_data_is_refused(two) -> None:
    node = two[0]
    before = {name: p.pid for name, p in node.children().items()}
    command = [sys.executable, str(ROOT / "caretaker.py"), "run"]
    second = subprocess.run(
        command, env=node.environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert second.returncode == 1
    assert f"in use by process {node.supervisor.pid}" in second.stderr
    assert "CARETAKER_DATA_DIR" in second.stderr
    assert "Traceback" not in second.stderr
    assert {name: p.pid for name, p in node.children().items()} == before


def test_ctrl_c_ends_every_part_of_this_node_alone(two) -> None:
    node, other = two
    running = list(node.children().values())
    node.signal(signal.SIGINT)
    assert node.wait() == 0
    assert not [p for p in running if p.is_running()]
    assert "Traceback" not in node.log()
    assert other.alive()


def test_parts_end_by_themselves_when_the_supervisor_is_killed(two) -> None:
    node = two[1]
    assert len(node.children()) == 6
    node.signal(signal.SIGKILL)
    assert node.wait() == -signal.SIGKILL
    until(lambda: not node.left(), "parts outlive their supervisor", seconds=10)
