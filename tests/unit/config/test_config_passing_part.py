"""A part that ends by itself is seen while it works and forgotten when it has ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.clock import ManualClock
from config.database import open_engine, upgrade
from config.heartbeat import passing_part, read_all


def test_seen_while_it_works_forgotten_afterwards(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/a.db")
    upgrade(engine)
    with passing_part(engine, "history", ManualClock(5), "loading", "working"):
        assert read_all(engine)["history"].state == "loading"
    assert "history" not in read_all(engine)
    engine.dispose()


def test_an_error_leaves_its_last_word(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/a.db")
    upgrade(engine)
    with pytest.raises(RuntimeError), passing_part(engine, "history", ManualClock(5), "loading", "working"):
        raise RuntimeError
    assert read_all(engine)["history"].reason == "working"
    engine.dispose()
