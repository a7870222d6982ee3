"""Nobody gets a bench's message who does not wait for it."""

from uuid import uuid4

import pytest

from truesend.cli.bench.consent import MADE_UP, recipients_for
from truesend.cli.errors import CommandError
from truesend.cli.up.demo import DEAD, HEALTHY


def test_sessions_that_may_be_at_a_real_gateway_send_nothing_to_made_up_numbers() -> None:
    with pytest.raises(CommandError, match="--recipient"):
        recipients_for([uuid4()], [], reaches_nobody=False)


def test_one_session_that_is_not_the_demos_is_enough_to_be_refused() -> None:
    with pytest.raises(CommandError, match="--recipient"):
        recipients_for([HEALTHY.id, uuid4()], [], reaches_nobody=False)


def test_the_demos_sessions_write_to_made_up_numbers_without_a_word() -> None:
    assert len(set(recipients_for([HEALTHY.id, DEAD.id], [], reaches_nobody=False))) == MADE_UP


def test_a_number_that_is_named_is_the_only_one_that_is_written_to() -> None:
    assert recipients_for([HEALTHY.id], ["919812345678"] * 2, reaches_nobody=True) == ("919812345678",)
