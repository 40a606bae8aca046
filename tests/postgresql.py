"""A PostgreSQL server of our own for tests: fresh, on a socket in a folder, gone afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_PATH = os.pathsep.join([os.environ.get("PATH", ""), *map(str, _PLACES)])
INITDB, PG_CTL = shutil.which("initdb", path=_PATH), shutil.which("pg_ctl", path=_PATH)
"""None when no server is installed."""

needs_postgresql = [
    pytest.mark.postgresql,
    pytest.mark.skipif(INITDB is None or PG_CTL is None, reason="no PostgreSQL server is installed"),
]


@contextmanager
def running() -> Iterator[str]:
    """The URL of an empty database."""
    # The server refuses to run as root, and its socket's path must be short.
    user = "postgres" if os.getuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)
        data = str(folder / "data")

        def call(*command: str) -> None:
            subprocess.run(command, user=user, cwd=folder, check=True, capture_output=True, timeout=60)

        call(
            str(INITDB), "-D", data, "-U", "caretaker", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"
        )
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        call(str(PG_CTL), "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://caretaker@/postgres?host={folder}"
        finally:
            call(str(PG_CTL), "-D", data, "-m", "immediate", "stop")
