"""Why nobody is told about a transition."""

from __future__ import annotations

from enum import StrEnum

from analytics.alarms.state import Flags


class Quiet(StrEnum):
    """Reasons for keeping an alarm from people; the alarm itself and its transitions stay complete."""

    OUT_OF_SERVICE = "out_of_service"
    SHELVED = "shelved"
    FED_BY_ALARMED_ASSET = "fed_by_alarmed_asset"
    SUPPRESSED_BY_DESIGN = "suppressed_by_design"


def quiet_reason(flags: Flags, suppressed_by: str | None) -> Quiet | None:
    """The strongest reason that holds, None if people are to be told."""
    if flags.out_of_service:
        return Quiet.OUT_OF_SERVICE
    if flags.shelved:
        return Quiet.SHELVED
    if flags.suppressed:
        return Quiet.FED_BY_ALARMED_ASSET if suppressed_by else Quiet.SUPPRESSED_BY_DESIGN
    return None
