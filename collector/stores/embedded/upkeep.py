"""What keeps the folder in good order: few parts a day, rollups of finished days, retention, checksums."""

from __future__ import annotations

from collector.stores.embedded.draft import Draft
from collector.stores.embedded.layout import day_start
from collector.stores.embedded.manifest import Day, Part, SetAside
from collector.stores.embedded.part_file import PartDamaged, PartFiles
from collector.stores.embedded.rows import merged
from collector.stores.embedded.shelf import Shelf
from config.clock import DAY, HOUR, MINUTE

MOST_PARTS = 8
CLOSED_AFTER = 2 * HOUR  # of a day's end: until then its late readings are still expected
QUIET_FOR = (
    10 * MINUTE
)  # since its last part: a backlog that is just coming in is merged once, not every time
_LIKE_SIZE = 2


def overdue_days(shelf: Shelf, now_ns: int, quiet_for: int = QUIET_FOR) -> list[str]:
    """Days to settle now: over, not settled, and quiet."""
    return [
        name
        for name, day in sorted(shelf.manifest.days.items())
        if not day.is_settled
        and day_start(name) + DAY + CLOSED_AFTER <= now_ns
        and max((part.written_at for part in day.parts), default=0) + quiet_for <= now_ns
    ]


def crowded_days(shelf: Shelf) -> list[str]:
    """Days of too many parts."""
    return [name for name, day in sorted(shelf.manifest.days.items()) if len(day.parts) > MOST_PARTS]


def settle(shelf: Shelf, day: str) -> None:
    """One part and a fresh rollup."""
    with shelf.change() as draft:
        _settle(draft, day)


def _settle(draft: Draft, day: str) -> None:
    state = draft.manifest.days[day]
    several = len(state.parts) > 1
    readings = merged(draft.read(day, list(state.parts)))
    if several and state.parts:
        draft.remove(day, list(state.parts))
        draft.add(day, readings)
    if len(readings) and not state.trimmed:
        draft.roll_up(day, readings)
    draft.drop_if_empty(day)


def merge_newest(shelf: Shelf, day: str) -> None:
    """Merge the newest parts of like size, so that a large old one is not written again and again."""
    with shelf.change() as draft:
        parts = newest_of_like_size(draft.manifest.days[day])
        readings = merged(draft.read(day, parts))
        draft.remove(day, parts)
        if len(readings):
            draft.add(day, readings)
        draft.drop_if_empty(day)


def newest_of_like_size(day: Day) -> list[Part]:
    """The longest run of newest parts in which none is over twice as large as all newer ones together.

    At least the newest two.
    """
    rows = day.parts[-1].rows
    first = len(day.parts) - 1
    while first > 0 and (first == len(day.parts) - 1 or day.parts[first - 1].rows <= _LIKE_SIZE * rows):
        first -= 1
        rows += day.parts[first].rows
    return day.parts[first:]


def trim(shelf: Shelf, cutoff_ns: int) -> int:
    """Delete raw readings older than the cutoff, after rolling their days up; returns how many went."""
    deleted = 0
    for day in sorted(shelf.manifest.days):
        if day_start(day) < cutoff_ns and shelf.manifest.days[day].parts:
            with shelf.change() as draft:
                deleted += _trim(draft, day, cutoff_ns)
    with shelf.change() as draft:
        draft.put_latest(draft.latest.since(cutoff_ns))
    return deleted


def _trim(draft: Draft, day: str, cutoff_ns: int) -> int:
    state = draft.manifest.days[day]
    parts = list(state.parts)
    if min(part.first for part in parts) >= cutoff_ns:
        return 0
    readings = merged(draft.read(day, parts))
    # A day that was trimmed before keeps its rollup: one made now would lack what is gone already.
    if not state.trimmed and not state.is_rolled_up and len(readings):
        draft.roll_up(day, readings)
    kept = readings.take(readings.time >= cutoff_ns)
    draft.remove(day, state.parts)
    if len(kept):
        draft.add(day, kept)
    state.trimmed = state.rollup is not None
    draft.drop_if_empty(day)
    return len(readings) - len(kept)


def verify(shelf: Shelf) -> list[SetAside]:
    """Compare every part with its checksum; set the damaged ones aside and return them."""
    files = PartFiles(shelf.folder)
    damaged = [
        (day, part, reason)
        for day, state in shelf.manifest.days.items()
        for part in state.parts
        if (reason := _reason(files, part))
    ]
    if not damaged:
        return []
    with shelf.change() as draft:
        for day, part, reason in damaged:
            draft.set_aside(day, part, reason)
        for day in {day for day, _, _ in damaged}:
            draft.drop_if_empty(day)
        return draft.manifest.damaged[-len(damaged) :]


def _reason(files: PartFiles, part: Part) -> str | None:
    try:
        files.verify(part)
    except PartDamaged as damage:
        return damage.reason
    return None
