"""What a crew has long dealt with: alarms of the past that nobody acknowledged here."""

from __future__ import annotations

from analytics.alarms.queries import AlarmFilter
from analytics.alarms.service import AlarmService
from analytics.alarms.state import State

_PAGE = 200


def acknowledge_past(alarms: AlarmService, before_ns: int, who: str) -> int:
    """Acknowledge what began before that time and let go of latched alarms that are over; says how many."""
    done = 0
    wanted = AlarmFilter(state=[State.UNACKNOWLEDGED, State.RETURNED])
    cursor = None
    while True:
        page = alarms.list(wanted, cursor=cursor, limit=_PAGE)
        for alarm in page.items:
            if alarm.since < before_ns:
                after = alarms.acknowledge(alarm.id, who)
                if after.state is State.RETURNED:
                    alarms.reset(alarm.id, who)
                done += 1
        cursor = page.next
        if cursor is None:
            return done
