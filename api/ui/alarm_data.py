"""The alarms a page shows, within the visitor's rights; none where they may see none."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.alarms.alarm import Alarm
from api.pages import Paging
from api.parts import Parts
from api.rights import Action
from api.services.alarms import AlarmQuery, listed
from api.ui.visitor import Visitor

MOST = 500
NO_FILTER = AlarmQuery()


def alarms(
    parts: Parts, visitor: Visitor, wanted: AlarmQuery = NO_FILTER, limit: int = MOST
) -> Sequence[Alarm]:
    """Alarms that match, newest first; without states and since those that are not normal."""
    if not visitor.user.may_somewhere(Action.SEE_ALARMS):
        return []
    return listed(parts, visitor.user, wanted, Paging(None, limit)).items


def is_quiet(alarm: Alarm) -> bool:
    """Kept from view by a flag: shelved, suppressed or out of service."""
    return alarm.shelved or alarm.suppressed or alarm.out_of_service


def loud(found: Sequence[Alarm]) -> list[Alarm]:
    """Those that no flag keeps from view."""
    return [a for a in found if not is_quiet(a)]
