"""Where the data directory keeps journals and readings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """A journal and the folder of readings that it is compacted into."""

    journal: Path
    readings: Path


def measured(data_dir: Path) -> Folders:
    """What devices and people sent; the collector writes the journal."""
    return Folders(data_dir / "journal", data_dir / "readings")


def derived(data_dir: Path) -> Folders:
    """What analytics computed; it writes the journal."""
    return Folders(data_dir / "derived", data_dir / "derived_readings")
