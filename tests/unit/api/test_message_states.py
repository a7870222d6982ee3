"""What an operator may do, from where a message stands."""

import pytest

from services.api.message_states import Action, State, allowed_states, refusal


@pytest.mark.parametrize("action", Action)
def test_every_state_either_allows_an_action_or_says_why_not(action: Action) -> None:
    for state in State:
        if state not in allowed_states(action):
            assert refusal(action, state).endswith("."), state
        else:
            with pytest.raises(KeyError):
                refusal(action, state)


def test_only_what_may_arrive_twice_needs_force() -> None:
    forced = allowed_states(Action.RETRY, force=True) - allowed_states(Action.RETRY)

    assert forced == {State.UNCONFIRMED, State.CANCELLED_LATE}
    assert all("may arrive twice" in refusal(Action.RETRY, state) for state in forced)


def test_force_opens_no_other_door() -> None:
    for action in set(Action) - {Action.RETRY}:
        assert allowed_states(action, force=True) == allowed_states(action)


def test_nothing_that_was_sent_or_is_being_sent_is_ever_retried() -> None:
    never = {State.SENT, State.DELIVERED, State.IN_FLIGHT, State.ACCEPTED, State.FOREIGN, State.PENDING}

    assert not never & allowed_states(Action.RETRY, force=True)
