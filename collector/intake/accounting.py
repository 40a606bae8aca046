"""Turns the verdicts over a batch into what its journal entry says beside the readings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from collector.directory import Devices
from collector.intake.blob import Refused, kept
from collector.intake.delta import Count, Delta, NamedAnswer, NamedGap, NamedStatus
from collector.intake.sequences import Followed
from collector.reading import Int32s, Int64s, UInt8s
from collector.rejected import REASONS
from collector.wire.base import Decoded

STORED, DUPLICATE, QUARANTINED = 0, 1, 2
_DETAIL_LIMIT = 300
_NAMED_POINTS = 8
_TOPIC_LIMIT = 1000

Source = Callable[[int], tuple[str, bytes]]
"""Topic and payload of a message of the batch."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of the rows of a batch, received at `at` (UTC ns).

    rejected: uint8[n], 0 or the code of the reason. outcome: uint8[n], STORED, DUPLICATE or QUARANTINED.
    """

    rows: Decoded
    rejected: UInt8s
    outcome: UInt8s
    devices: Devices
    at: int


def account(verdicts: Verdicts, followed: Followed) -> Delta:
    """The ledger's share."""
    rows, names, at = verdicts.rows, verdicts.devices.names, verdicts.at
    delta = Delta(at)
    _count(delta, rows.device, verdicts.outcome, names)
    for gap in followed.gaps:
        delta.gaps.append(NamedGap(names[gap.device], gap.boot, gap.first, gap.last, at))
        delta.count(names[gap.device]).missing += gap.missing
    for device, found in followed.found.items():
        delta.count(names[device]).missing -= found
    delta.last = {names[device]: last for device, last in followed.last.items()}
    delta.statuses = [NamedStatus(names[s.device], s.online, s.at) for s in rows.statuses]
    delta.answers = [NamedAnswer(a.command, a.done, a.value, a.reason, a.at) for a in rows.answers]
    return delta


def _count(delta: Delta, device: Int32s, outcome: UInt8s, names: Sequence[str]) -> None:
    numbers, place = np.unique(device, return_inverse=True)
    counts = np.bincount(place * 3 + outcome, minlength=3 * len(numbers)).reshape(-1, 3)
    mixed = counts[:, DUPLICATE:].any(axis=1)
    plain = ~mixed
    owners = [names[number] for number in numbers[plain].tolist()]
    delta.stored = dict(zip(owners, counts[plain, STORED].tolist(), strict=True))
    for number, each in zip(numbers[mixed].tolist(), counts[mixed].tolist(), strict=True):
        delta.mixed[names[number]] = Count(sum(each), *each)


def refusals(verdicts: Verdicts, source: Source) -> list[Refused]:
    """One entry per message that has refused rows."""
    message = verdicts.rows.message
    bad = np.flatnonzero(verdicts.rejected)
    if not len(bad):
        return []
    order = bad[np.argsort(message[bad], kind="stable")]
    cuts = np.flatnonzero(np.diff(message[order])) + 1
    return [_refusal(verdicts, group, source) for group in np.split(order, cuts)]


def _refusal(verdicts: Verdicts, group: Int64s, source: Source) -> Refused:
    first = int(group[0])
    topic, payload = source(int(verdicts.rows.message[first]))
    code = Counter(verdicts.rejected[group].tolist()).most_common(1)[0][0]
    return Refused(
        topic[:_TOPIC_LIMIT],
        verdicts.devices.names[int(verdicts.rows.device[first])],
        str(REASONS[code]),
        len(group),
        _detail(verdicts, group.tolist()),
        verdicts.at,
        *kept(payload),
    )


def _detail(verdicts: Verdicts, group: list[int]) -> str:
    """The first few points by name, each with its reason."""
    parts = []
    for row in group[:_NAMED_POINTS]:
        name = verdicts.rows.name(row)
        reason = str(REASONS[verdicts.rejected[row]])
        parts.append(f"{name}: {reason}" if name else reason)
    if len(group) > _NAMED_POINTS:
        parts.append(f"and {len(group) - _NAMED_POINTS} more")
    return ", ".join(parts)[:_DETAIL_LIMIT]
