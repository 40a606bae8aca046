"""Every cell of the ISA-18.2 table, and what must hold in any sequence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.state import Event, Flags, Reason, Shelving, State, transition

N, U, A, R = State.NORMAL, State.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.RETURNED
PLAIN = Flags()
SHELVED = Flags(Shelving.TIMED)
ONCE = Flags(Shelving.ONE_SHOT)
SUPPRESSED = Flags(suppressed=True)
OUT = Flags(out_of_service=True)
E, Q = Event, Reason

TABLE = [
    (N, E.RAISED, U, Q.CONDITION_TRUE),
    (U, E.RAISED, U, Q.UNCHANGED_ALREADY_ACTIVE),
    (A, E.RAISED, A, Q.UNCHANGED_ALREADY_ACTIVE),
    (R, E.RAISED, U, Q.CONDITION_TRUE_AGAIN),
    (N, E.CLEARED, N, Q.UNCHANGED_NOT_ACTIVE),
    (U, E.CLEARED, R, Q.CONDITION_CLEARED),
    (A, E.CLEARED, N, Q.CONDITION_CLEARED),
    (R, E.CLEARED, R, Q.UNCHANGED_NOT_ACTIVE),
    (N, E.ACKNOWLEDGED, N, Q.UNCHANGED_NOTHING_TO_ACKNOWLEDGE),
    (U, E.ACKNOWLEDGED, A, Q.ACKNOWLEDGED),
    (A, E.ACKNOWLEDGED, A, Q.UNCHANGED_NOTHING_TO_ACKNOWLEDGE),
    (R, E.ACKNOWLEDGED, N, Q.ACKNOWLEDGED),
    (N, E.RESET, N, Q.UNCHANGED_NOT_ACTIVE),
    (U, E.RESET, U, Q.UNCHANGED_CONDITION_HOLDS),
    (A, E.RESET, A, Q.UNCHANGED_CONDITION_HOLDS),
    (R, E.RESET, R, Q.UNCHANGED_NOT_LATCHED),
    (N, E.REALARMED, N, Q.UNCHANGED_NOT_ACTIVE),
    (U, E.REALARMED, U, Q.STILL_ACTIVE),
    (A, E.REALARMED, U, Q.STILL_ACTIVE),
    (R, E.REALARMED, R, Q.UNCHANGED_NOT_ACTIVE),
]
LATCHED = {
    (A, E.CLEARED): (R, Q.LATCHED_UNTIL_RESET),
    (R, E.ACKNOWLEDGED): (R, Q.LATCHED_UNTIL_RESET),
    (R, E.RESET): (N, Q.RESET),
}
FALLING = [(SHELVED, E.UNSHELVED), (SUPPRESSED, E.UNSUPPRESSED), (OUT, E.RETURNED_TO_SERVICE)]
RISING = [
    (E.SHELVED, SHELVED, Q.SHELVED),
    (E.SHELVED_ONCE, ONCE, Q.SHELVED),
    (E.SUPPRESSED, SUPPRESSED, Q.SUPPRESSED_BY_DESIGN),
    (E.TAKEN_OUT_OF_SERVICE, OUT, Q.OUT_OF_SERVICE),
]


@pytest.mark.parametrize(("state", "event", "after", "reason"), TABLE)
def test_plain_alarm(state: State, event: Event, after: State, reason: Reason) -> None:
    assert transition(state, PLAIN, event) == (after, PLAIN, reason)


@pytest.mark.parametrize(("state", "event", "after", "reason"), TABLE)
def test_latched_alarm_stays_until_reset(state: State, event: Event, after: State, reason: Reason) -> None:
    expected = LATCHED.get((state, event), (after, reason))
    assert transition(state, PLAIN, event, latched=True) == (expected[0], PLAIN, expected[1])


@pytest.mark.parametrize(("state", "event", "after", "reason"), TABLE)
@pytest.mark.parametrize("flags", [SHELVED, SUPPRESSED, OUT])
def test_quiet_alarm_lives_on_below_its_flag(
    flags: Flags, state: State, event: Event, after: State, reason: Reason
) -> None:
    assert transition(state, flags, event) == (after, flags, reason)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("event", "flags", "reason"), RISING)
def test_any_state_can_be_made_quiet(state: State, event: Event, flags: Flags, reason: Reason) -> None:
    assert transition(state, PLAIN, event) == (state, flags, reason)


@pytest.mark.parametrize(("flags", "event"), FALLING)
@pytest.mark.parametrize(
    ("state", "after", "reason"),
    [
        (N, N, Q.QUIET_OVER_CONDITION_GONE),
        (U, U, Q.QUIET_OVER_CONDITION_TRUE),
        (A, U, Q.QUIET_OVER_CONDITION_TRUE),
        (R, N, Q.QUIET_OVER_CONDITION_GONE),
    ],
)
def test_last_flag_falls_back_to_a_or_b_by_the_present_condition(
    flags: Flags, event: Event, state: State, after: State, reason: Reason
) -> None:
    assert transition(state, flags, event) == (after, PLAIN, reason)


def test_latched_and_gone_below_the_shelf_still_asks_for_reset() -> None:
    assert transition(R, SHELVED, E.UNSHELVED, latched=True) == (R, PLAIN, Q.LATCHED_UNTIL_RESET)


@pytest.mark.parametrize(("flags", "event"), FALLING)
@pytest.mark.parametrize("state", State)
def test_a_flag_that_falls_forgets_no_other(flags: Flags, event: Event, state: State) -> None:
    others = {E.UNSHELVED: OUT, E.UNSUPPRESSED: SHELVED, E.RETURNED_TO_SERVICE: SUPPRESSED}[event]
    both = Flags(
        others.shelving if others.shelved else flags.shelving,
        flags.suppressed or others.suppressed,
        flags.out_of_service or others.out_of_service,
    )
    assert transition(state, both, event) == (state, others, Q.STILL_QUIET)


@pytest.mark.parametrize(
    ("state", "after", "reason"),
    [(U, N, Q.QUIET_OVER_CONDITION_GONE), (A, N, Q.QUIET_OVER_CONDITION_GONE)],
)
def test_one_shot_shelving_ends_when_the_condition_goes(state: State, after: State, reason: Reason) -> None:
    assert transition(state, ONCE, E.CLEARED) == (after, PLAIN, reason)


@pytest.mark.parametrize("flags", [PLAIN, SHELVED, SUPPRESSED, OUT])
@pytest.mark.parametrize("state", State)
def test_a_comment_changes_nothing_and_is_written(state: State, flags: Flags) -> None:
    assert transition(state, flags, E.COMMENTED) == (state, flags, Q.COMMENTED)


@pytest.mark.parametrize("event", [E.UNSHELVED, E.UNSUPPRESSED, E.RETURNED_TO_SERVICE])
@pytest.mark.parametrize("state", State)
def test_ending_what_never_began_is_no_transition(state: State, event: Event) -> None:
    assert transition(state, PLAIN, event) == (state, PLAIN, Q.UNCHANGED_FLAG)


@given(st.lists(st.sampled_from(Event), max_size=60), st.booleans())
def test_in_any_sequence(events: list[Event], latched: bool) -> None:
    state, flags, present = State.NORMAL, Flags(), False
    for event in events:
        before = state, flags
        state, flags, reason = transition(state, flags, event, latched=latched)
        if event in (Event.RAISED, Event.CLEARED):
            present = event is Event.RAISED
        # The state alone tells whether the condition holds, whatever people and flags did.
        assert state.active == present
        # What changes nothing says so, and what says so changes nothing.
        assert not reason.unchanged or (state, flags) == before
        # A condition is never closed behind people's backs while it holds.
        assert not (present and state is State.NORMAL)
        # Only a reset, or never having been raised, ends a latched alarm that nothing kept quiet.
        if latched and before[0] is State.RETURNED and state is State.NORMAL:
            assert event is Event.RESET
