"""What keeps alarms quiet beyond one occurrence: shelving, planned suppression, out of service."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from analytics.alarms import tables
from analytics.alarms.state import Event, Flags, Shelving


class Hold(StrEnum):
    """The three ways of keeping an alarm quiet that people ask for."""

    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"


BEGINS = {
    Hold.SHELVED: Event.SHELVED,
    Hold.SUPPRESSED: Event.SUPPRESSED,
    Hold.OUT_OF_SERVICE: Event.TAKEN_OUT_OF_SERVICE,
}
ENDS = {
    Hold.SHELVED: Event.UNSHELVED,
    Hold.SUPPRESSED: Event.UNSUPPRESSED,
    Hold.OUT_OF_SERVICE: Event.RETURNED_TO_SERVICE,
}


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold. rule None: all alarms of the asset. until None: no end of its own. Times are UTC ns."""

    id: int
    what: Hold
    asset: str
    rule: str | None
    since: int
    until: int | None
    one_shot: bool
    who: str
    reason: str

    def covers(self, asset: str, rule: str) -> bool:
        return self.asset == asset and self.rule in (None, rule)


class Holds:
    """The holds in force, read once in a transaction and changed through it."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        table = tables.alarm_hold
        columns = [c for c in table.columns if c.name not in ("ended", "ended_by")]
        rows = connection.execute(select(*columns).where(table.c.ended.is_(None)).order_by(table.c.id))
        self.current = [HoldRow(**{**row, "what": Hold(row["what"])}) for row in rows.mappings()]

    def flags(self, asset: str, rule: str) -> Flags:
        """The flags that holds put on an alarm."""
        found = [h for h in self.current if h.covers(asset, rule)]
        shelved = [h for h in found if h.what is Hold.SHELVED]
        shelving = Shelving.NONE
        if shelved:
            shelving = Shelving.ONE_SHOT if all(h.one_shot for h in shelved) else Shelving.TIMED
        return Flags(
            shelving,
            any(h.what is Hold.SUPPRESSED for h in found),
            any(h.what is Hold.OUT_OF_SERVICE for h in found),
        )

    def begin(
        self,
        what: Hold,
        asset: str,
        rule: str | None,
        *,
        since: int,
        until: int | None,
        who: str,
        reason: str,
        one_shot: bool = False,
    ) -> None:
        """Put a hold in force; one of the same sort on the same alarms is replaced."""
        for old in [h for h in self.current if (h.what, h.asset, h.rule) == (what, asset, rule)]:
            self.end(old, at=since, who=who)
        values = {
            "what": what.value,
            "asset": asset,
            "rule": rule,
            "since": since,
            "until": until,
            "one_shot": one_shot,
            "who": who,
            "reason": reason,
        }
        done = self._db.execute(insert(tables.alarm_hold).values(**values))
        key = done.inserted_primary_key
        assert key is not None
        self.current.append(HoldRow(key[0], what, asset, rule, since, until, one_shot, who, reason))

    def end(self, hold: HoldRow, *, at: int, who: str) -> None:
        """Take a hold out of force; it stays on record."""
        table = tables.alarm_hold
        self._db.execute(update(table).where(table.c.id == hold.id).values(ended=at, ended_by=who))
        self.current.remove(hold)

    def due(self, now_ns: int) -> list[HoldRow]:
        """Holds whose end has come."""
        return [h for h in self.current if h.until is not None and h.until <= now_ns]
