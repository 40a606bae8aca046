"""What `caretaker journal` says about a journal that had a hard life."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.journal import JournalReader
from collector.journal.describe import describe
from collector.journal.inspect import inspect
from tests.unit.collector.journal_kit import LIMITS, T0, commit_each, write, writer


def test_a_journal_that_had_a_hard_life(tmp_path: Path) -> None:
    write(tmp_path, range(60), size=10)
    with (tmp_path / "segment-0000000005.log").open("ab") as file:
        file.write(b"half an entry")
    rotten = tmp_path / "segment-0000000002.log"
    data = bytearray(rotten.read_bytes())
    data[1000] ^= 4
    rotten.write_bytes(data)
    journal = writer(tmp_path, required_readers=("store",))
    influx, analytics = JournalReader(tmp_path, "influx"), JournalReader(tmp_path, "analytics")
    influx.checkpoint(influx.read(max_readings=100)[-1].position)
    analytics.checkpoint(journal.position)
    lines = describe(
        inspect(tmp_path, T0 + 90 * 10**9, verify=True, limits=LIMITS, required=("store", "influx"))
    )
    assert lines == [
        "journal ends at 5:1216: 600 readings, 60 entries since it began",
        "segment 1: 4.1 kB, 140 readings, sound",
        "segment 2: 4.1 kB, 140 readings, damaged",
        "  journal damaged from 2:928 to 2:1216 (checksum), 10 readings lost",
        "segment 3: 4.1 kB, 140 readings, sound",
        "segment 4: 4.1 kB, 140 readings, sound",
        "segment 5: 1.2 kB, 40 readings, sound",
        "  cut off after a crash, kept in segment-0000000005.log.1216.torn",
        "reader analytics: at 5:1216, has read everything",
        "reader influx: at 1:2944, 500 readings, 14.4 kB behind, the oldest 90 s old",
        "reader store: checkpoint missing, begins again at the oldest entry",
        "WARN journal_reader_gone: 1 of 1; start store, or forget it if it is not wanted any more",
    ]
    journal.close()


def test_evidence_goes_with_its_segment(tmp_path: Path) -> None:
    write(tmp_path, [1])
    with (tmp_path / "segment-0000000001.log").open("ab") as file:
        file.write(b"half an entry")
    journal = writer(tmp_path)
    commit_each(journal, range(2, 40), size=10)
    reader = JournalReader(tmp_path, "store", start=journal.position)
    assert 1 in journal.prune()
    assert list(tmp_path.glob("*.torn")) == []
    reader.close()
    journal.close()


def test_there_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="caretaker collect"):
        inspect(tmp_path, T0)
