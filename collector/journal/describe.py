"""A report on the journal in words, as `caretaker journal` prints it."""

from __future__ import annotations

from collections.abc import Iterator

from collector.journal.bounds import Level
from collector.journal.checkpoints import CheckpointState
from collector.journal.inspect import JournalReport, ReaderReport, SegmentReport

_UNITS = ("B", "kB", "MB", "GB", "TB")


def describe(report: JournalReport) -> list[str]:
    """Lines of text: the whole, segments, readers, and every bound that is not ok with its remedy."""
    return [
        f"journal ends at {report.end}: {report.readings} readings, {report.entries} entries since it began",
        *(line for segment in report.segments for line in _segment(segment)),
        *map(_reader, report.readers),
        *(
            f"{bound.level.upper()} {bound.name}: {bound.value:.0f} of {bound.limit:.0f}; {bound.remedy}"
            for bound in report.bounds
            if bound.level is not Level.OK
        ),
    ]


def _segment(segment: SegmentReport) -> Iterator[str]:
    counts = "counts unknown" if segment.readings is None else f"{segment.readings} readings"
    verdict = "not verified" if segment.damage is None else "damaged" if segment.damage else "sound"
    yield f"segment {segment.number}: {_size(segment.bytes)}, {counts}, {verdict}"
    for damage in segment.damage or ():
        yield f"  {damage}"
    for torn in segment.torn:
        yield f"  cut off after a crash, kept in {torn.name}"


def _reader(reader: ReaderReport) -> str:
    if reader.state is not CheckpointState.KNOWN:
        return f"reader {reader.name}: checkpoint {reader.state}, begins again at the oldest entry"
    lag = reader.lag
    if not lag.bytes:
        return f"reader {reader.name}: at {reader.position}, has read everything"
    readings = "" if lag.readings is None else f"{lag.readings} readings, "
    return (
        f"reader {reader.name}: at {reader.position}, {readings}{_size(lag.bytes)} behind, "
        f"the oldest {lag.seconds:.0f} s old"
    )


def _size(count: int) -> str:
    power = min((len(str(count)) - 1) // 3, len(_UNITS) - 1)
    return f"{count / 1000**power:.{1 if power else 0}f} {_UNITS[power]}"
