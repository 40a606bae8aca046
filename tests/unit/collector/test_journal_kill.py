"""kill -9 of the writer at any moment: what it said was committed is there, once, in order."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from collector.journal import JournalReader
from tests.unit.collector.journal_kit import number_of, read_all, writer

_WRITER = """
import sys
from pathlib import Path
from collector.journal import Limits
from tests.unit.collector.journal_kit import batch, writer

# On a busy machine the writer runs far ahead of the test: it must not meet the bound meanwhile.
journal = writer(Path(sys.argv[1]), limits=Limits(min_free_bytes=0))
number = int(sys.argv[2])
while True:
    for _ in range(3):
        journal.append(batch(number, 12))
        number += 1
    journal.commit()
    print(number, flush=True)
"""


def test_twelve_kills(tmp_path: Path) -> None:
    lucky = random.Random(4)
    reader = JournalReader(tmp_path, "store")
    seen: list[int] = []
    acknowledged = 0
    for _ in range(12):
        command = [sys.executable, "-c", _WRITER, str(tmp_path), str(acknowledged)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "."}
        ) as child:
            assert child.stdout is not None
            for _ in range(lucky.randint(1, 60)):
                acknowledged = int(child.stdout.readline())
                seen += map(number_of, reader.read())
            child.send_signal(signal.SIGKILL)
            acknowledged = int((child.stdout.read().split() or [acknowledged])[-1])
        writer(tmp_path).close()
        seen += map(number_of, reader.read())
        on_disk = read_all(tmp_path)[0]
        assert on_disk == seen
        assert set(range(acknowledged)) <= set(on_disk)
        acknowledged = on_disk[-1] + 1
    assert seen == list(range(acknowledged))
    assert reader.take_damage() == []
