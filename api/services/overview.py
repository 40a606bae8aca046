"""The campus at a glance: per site and family what there is and what is wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from api.parts import Parts
from api.rights import Action, User
from api.services.alarms import NOT_NORMAL
from api.services.permission import require, visible


@dataclass
class Group:
    """One family at one site. alarms: by priority, those neither normal nor quiet; quiet: kept from view."""

    site: str
    family: str
    assets: int = 0
    alarms: Counter[str] = field(default_factory=Counter)
    unacknowledged: int = 0
    quiet: int = 0

    @property
    def total(self) -> int:
        """Alarms in view."""
        return self.alarms.total()


def overview(parts: Parts, user: User) -> list[Group]:
    """Groups by site and family, also those where all is well; with them Caretaker's own parts (`system`)."""
    scope = require(user, Action.SEE_PLANT)
    groups: dict[tuple[str, str], Group] = {}
    for asset in visible(parts.plant, scope):
        groups.setdefault((asset.site, asset.family), Group(asset.site, asset.family)).assets += 1
    alarms = user.scope(Action.SEE_ALARMS)
    for count in parts.alarms.counts():
        if not alarms.covers(count.site, count.family):
            continue
        group = groups.setdefault((count.site, count.family), Group(count.site, count.family))
        if count.quiet:
            group.quiet += count.alarms
        elif count.state in NOT_NORMAL:
            group.alarms[count.priority] += count.alarms
            group.unacknowledged += count.alarms if count.state == "unacknowledged" else 0
    return [groups[key] for key in sorted(groups)]
