"""Names of occurrences and of what happens to them."""

from __future__ import annotations

import hashlib
import uuid

_MILLISECOND = 1_000_000


def occurrence_id(asset: str, rule: str, raised_ns: int) -> str:
    """The UUIDv7 (RFC 9562) of the alarm that this rule raised on this asset at this time.

    The 74 free bits are a hash of all three instead of chance: after a crash the same occurrence found again
    has the same id, so it cannot be raised twice.
    """
    digest = hashlib.blake2b(f"{asset}\0{rule}\0{raised_ns}".encode(), digest_size=10).digest()
    free = int.from_bytes(digest)
    value = ((raised_ns // _MILLISECOND) & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (free >> 62 & 0xFFF) << 64 | 0b10 << 62 | free & (1 << 62) - 1
    return str(uuid.UUID(int=value))


def event_id(alarm_id: str, number: int) -> str:
    """The stable name of one transition, by which a double delivery is recognised."""
    return f"{alarm_id}.{number}"
