"""The alarm's life after ISA-18.2 / IEC 62682, as a pure function of (state, flags, event).

`unacknowledged` and `acknowledged` mean that the condition holds, `normal` and `returned` that it does not;
so the state alone tells the present condition. The three flags stand beside the state and forget nothing of
each other: below a raised flag the state lives on, computed and logged; the last to fall has it judged anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """Where an occurrence stands (ISA-18.2 letters A to D)."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"

    @property
    def active(self) -> bool:
        """Whether the condition holds in this state."""
        return self in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED)


class Shelving(StrEnum):
    """How an alarm is laid aside: until a time, or until the condition goes if that is sooner."""

    NONE = "none"
    TIMED = "timed"
    ONE_SHOT = "one_shot"


@dataclass(frozen=True, slots=True)
class Flags:
    """Why an alarm is quiet (letters E, F, G)."""

    shelving: Shelving = Shelving.NONE
    suppressed: bool = False
    out_of_service: bool = False

    @property
    def shelved(self) -> bool:
        return self.shelving is not Shelving.NONE

    @property
    def quiet(self) -> bool:
        """Whether nobody is to be told."""
        return self.shelved or self.suppressed or self.out_of_service


class Event(StrEnum):
    """What can happen to an alarm."""

    RAISED = "raised"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    RESET = "reset"
    REALARMED = "realarmed"
    SHELVED = "shelved"
    SHELVED_ONCE = "shelved_once"
    UNSHELVED = "unshelved"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    TAKEN_OUT_OF_SERVICE = "taken_out_of_service"
    RETURNED_TO_SERVICE = "returned_to_service"
    COMMENTED = "commented"


class Reason(StrEnum):
    """Why the state is what it is after an event; the words of log, UI, API and tests."""

    CONDITION_TRUE = "condition_true"
    CONDITION_TRUE_AGAIN = "condition_true_again"
    CONDITION_CLEARED = "condition_cleared"
    LATCHED_UNTIL_RESET = "latched_until_reset"
    ACKNOWLEDGED = "acknowledged"
    RESET = "reset"
    STILL_ACTIVE = "still_active"
    SHELVED = "shelved"
    SUPPRESSED_BY_DESIGN = "suppressed_by_design"
    OUT_OF_SERVICE = "out_of_service"
    STILL_QUIET = "still_quiet"
    QUIET_OVER_CONDITION_TRUE = "quiet_over_condition_true"
    QUIET_OVER_CONDITION_GONE = "quiet_over_condition_gone"
    COMMENTED = "commented"
    UNCHANGED_ALREADY_ACTIVE = "unchanged_already_active"
    UNCHANGED_NOT_ACTIVE = "unchanged_not_active"
    UNCHANGED_NOTHING_TO_ACKNOWLEDGE = "unchanged_nothing_to_acknowledge"
    UNCHANGED_CONDITION_HOLDS = "unchanged_condition_holds"
    UNCHANGED_NOT_LATCHED = "unchanged_not_latched"
    UNCHANGED_FLAG = "unchanged_flag"

    @property
    def unchanged(self) -> bool:
        """Whether the event had nothing to change, so that no transition is written."""
        return self.value.startswith("unchanged_")


class Outcome(NamedTuple):
    """What an event leads to."""

    state: State
    flags: Flags
    reason: Reason


N, U, A, R = State.NORMAL, State.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.RETURNED
_STATES: dict[Event, dict[State, tuple[State, Reason]]] = {
    Event.RAISED: {
        N: (U, Reason.CONDITION_TRUE),
        U: (U, Reason.UNCHANGED_ALREADY_ACTIVE),
        A: (A, Reason.UNCHANGED_ALREADY_ACTIVE),
        R: (U, Reason.CONDITION_TRUE_AGAIN),
    },
    Event.CLEARED: {
        N: (N, Reason.UNCHANGED_NOT_ACTIVE),
        U: (R, Reason.CONDITION_CLEARED),
        A: (N, Reason.CONDITION_CLEARED),
        R: (R, Reason.UNCHANGED_NOT_ACTIVE),
    },
    Event.ACKNOWLEDGED: {
        N: (N, Reason.UNCHANGED_NOTHING_TO_ACKNOWLEDGE),
        U: (A, Reason.ACKNOWLEDGED),
        A: (A, Reason.UNCHANGED_NOTHING_TO_ACKNOWLEDGE),
        R: (N, Reason.ACKNOWLEDGED),
    },
    Event.RESET: {
        N: (N, Reason.UNCHANGED_NOT_ACTIVE),
        U: (U, Reason.UNCHANGED_CONDITION_HOLDS),
        A: (A, Reason.UNCHANGED_CONDITION_HOLDS),
        R: (R, Reason.UNCHANGED_NOT_LATCHED),
    },
    Event.REALARMED: {
        N: (N, Reason.UNCHANGED_NOT_ACTIVE),
        U: (U, Reason.STILL_ACTIVE),
        A: (U, Reason.STILL_ACTIVE),
        R: (R, Reason.UNCHANGED_NOT_ACTIVE),
    },
}
_LATCHED: dict[tuple[Event, State], tuple[State, Reason]] = {
    (Event.CLEARED, A): (R, Reason.LATCHED_UNTIL_RESET),
    (Event.ACKNOWLEDGED, R): (R, Reason.LATCHED_UNTIL_RESET),
    (Event.RESET, R): (N, Reason.RESET),
}
_SHELVING = {
    Event.SHELVED: Shelving.TIMED,
    Event.SHELVED_ONCE: Shelving.ONE_SHOT,
    Event.UNSHELVED: Shelving.NONE,
}


def transition(state: State, flags: Flags, event: Event, *, latched: bool = False) -> Outcome:
    """The state and flags after an event, and why. Total: every event is answered in every state."""
    if event is Event.COMMENTED:
        return Outcome(state, flags, Reason.COMMENTED)
    if event not in _STATES:
        return _flagged(state, flags, _flags_after(flags, event), event, latched=latched)
    after, reason = _STATES[event][state]
    if latched:
        after, reason = _LATCHED.get((event, state), (after, reason))
    if event is Event.CLEARED and flags.shelving is Shelving.ONE_SHOT and not reason.unchanged:
        return _judged_anew(after, replace(flags, shelving=Shelving.NONE), latched=latched)
    return Outcome(after, flags, reason)


def _flags_after(flags: Flags, event: Event) -> Flags:
    if event in _SHELVING:
        return replace(flags, shelving=_SHELVING[event])
    if event in (Event.SUPPRESSED, Event.UNSUPPRESSED):
        return replace(flags, suppressed=event is Event.SUPPRESSED)
    return replace(flags, out_of_service=event is Event.TAKEN_OUT_OF_SERVICE)


_RAISED_FLAG = {
    Event.SHELVED: Reason.SHELVED,
    Event.SHELVED_ONCE: Reason.SHELVED,
    Event.SUPPRESSED: Reason.SUPPRESSED_BY_DESIGN,
    Event.TAKEN_OUT_OF_SERVICE: Reason.OUT_OF_SERVICE,
}


def _flagged(state: State, flags: Flags, after: Flags, event: Event, *, latched: bool) -> Outcome:
    if after == flags:
        # Shelving anew moves its end, so it is a change although the flag stays.
        anew = event in (Event.SHELVED, Event.SHELVED_ONCE)
        return Outcome(state, flags, Reason.SHELVED if anew else Reason.UNCHANGED_FLAG)
    if event in _RAISED_FLAG:
        return Outcome(state, after, _RAISED_FLAG[event])
    return _judged_anew(state, after, latched=latched)


def _judged_anew(state: State, flags: Flags, *, latched: bool) -> Outcome:
    """After a flag fell: quiet goes on under another flag, else back to A or B by the present condition."""
    if flags.quiet:
        return Outcome(state, flags, Reason.STILL_QUIET)
    if state.active:
        return Outcome(U, flags, Reason.QUIET_OVER_CONDITION_TRUE)
    if state is R and latched:
        return Outcome(R, flags, Reason.LATCHED_UNTIL_RESET)
    return Outcome(N, flags, Reason.QUIET_OVER_CONDITION_GONE)
